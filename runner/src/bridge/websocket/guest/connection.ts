import { core, primordials } from '../../../guest/captured.ts';
import { hardened, list, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';

const { min, promiseThen, typedLength, typedSet, Uint8Array } = primordials;
const { ownBuffer } = core.use<EncodingGroup>('encoding');

/** What one call to the host carries of a message. */
const PART_BYTES = 64 * 1024;

export type MessageKind = 'text' | 'binary';

/** How a connection ended. */
export interface Closing {
  code: number;
  reason: string;
}

interface Message {
  kind: MessageKind;
  bytes: Uint8Array<ArrayBuffer>;
  onSent: () => void;
}

/** What a connection tells its WebSocket, each in a task of its own. */
export interface ConnectionEvents {
  onOpen(protocol: string): void;
  onMessage(kind: MessageKind, bytes: Uint8Array<ArrayBuffer>): void;
  onClose(closing: Closing): void;
  onFailure(error: unknown): void;
}

interface HostAnswer {
  json: any;
  bytes: ArrayBuffer | undefined;
}

let lastId = 0;

function nothing(): void {}

/** One WebSocket on the host: what is sent waits here, one part after another goes across. */
export class Connection {
  readonly #id = ++lastId;
  readonly #events: ConnectionEvents;
  #waiting = list<Message>();
  /** Those before it were sent. */
  #head = 0;
  #isSending = false;
  #closing: Partial<Closing> | undefined;
  #isOver = false;
  #pieces = list<Uint8Array>();
  #size = 0;

  constructor(events: ConnectionEvents) {
    this.#events = events;
  }

  open(url: string, protocols: readonly string[]): void {
    const onOpen = ({ json }: HostAnswer) => {
      if (this.#isOver) return;
      this.#events.onOpen(json.protocol as string);
      this.#receive();
    };
    const fields = record({ id: this.#id, url, protocols });
    const answer = hardened(core.hostCall('websocket', 'open', fields));
    promiseThen(answer, onOpen, (error: unknown) => this.#fail(error));
  }

  /** Bytes that nobody else may write to. */
  send(kind: MessageKind, bytes: Uint8Array<ArrayBuffer>, onSent: () => void): void {
    this.#waiting[this.#waiting.length] = record({ kind, bytes, onSent });
    this.#pump();
  }

  /** After all that was sent before. */
  close(closing: Partial<Closing>): void {
    this.#closing = closing;
    this.#pump();
  }

  abort(): void {
    promiseThen(this.#ask('abort'), nothing, nothing);
  }

  #ask(method: string, fields: object = record({}), bytes?: ArrayBuffer): Promise<HostAnswer> {
    const json = record({ id: this.#id, ...fields });
    return hardened(core.hostCall('websocket', method, json, bytes));
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.onFailure(error);
  }

  #pump(): void {
    if (this.#isSending || this.#isOver) return;
    const message = this.#take();
    if (!message && !this.#closing) return;
    this.#isSending = true;
    const done = () => {
      this.#isSending = false;
      message?.onSent();
      this.#pump();
    };
    const sent = message ? this.#sendFrom(message, 0) : this.#ask('close', this.#closing);
    if (!message) this.#closing = undefined;
    // What a send fails with is told by what is received.
    promiseThen(hardened(sent), done, nothing);
  }

  #take(): Message | undefined {
    if (this.#head === this.#waiting.length) return undefined;
    const message = this.#waiting[this.#head]!;
    this.#waiting[this.#head++] = undefined as never;
    if (this.#head === this.#waiting.length) {
      this.#waiting = list<Message>();
      this.#head = 0;
    }
    return message;
  }

  #sendFrom({ kind, bytes }: Message, at: number): Promise<unknown> {
    const size = typedLength(bytes);
    const end = min(at + PART_BYTES, size);
    const isLast = end === size;
    const sent = this.#ask('send', record({ kind, isLast }), ownBuffer(bytes, at, end));
    if (isLast) return sent;
    return promiseThen(sent, () => this.#sendFrom({ kind, bytes, onSent: nothing }, end));
  }

  #receive(): void {
    const onPart = ({ json, bytes }: HostAnswer) => {
      if (this.#isOver) return;
      if (json.kind === 'close') return this.#end(record(json as Closing));
      const piece = bytes ? new Uint8Array(bytes) : new Uint8Array(0);
      this.#pieces[this.#pieces.length] = piece;
      this.#size += typedLength(piece);
      if (json.isLast) this.#events.onMessage(json.kind as MessageKind, this.#joined());
      this.#receive();
    };
    promiseThen(this.#ask('receive'), onPart, (error: unknown) => this.#fail(error));
  }

  #joined(): Uint8Array<ArrayBuffer> {
    const pieces = this.#pieces;
    const whole = new Uint8Array(this.#size);
    for (let i = 0, at = 0; i < pieces.length; at += typedLength(pieces[i++])) {
      typedSet(whole, pieces[i]!, at);
    }
    this.#pieces = list<Uint8Array>();
    this.#size = 0;
    return whole;
  }

  #end(closing: Closing): void {
    this.#isOver = true;
    this.#events.onClose(closing);
  }
}
