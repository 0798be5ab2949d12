import { CofferdamError, CONSOLE_LEVELS, type ConsoleLevel } from '@cofferdam/protocol';
import type { BindingCall } from '../bindings/scope.ts';
import type { ToolHandler } from '../types.ts';
import { Asker } from './asker.ts';
import { ForeignTable } from './foreign.ts';
import { notify } from './notify.ts';
import { Outbox } from './outbox.ts';
import { OwnedTable } from './owned.ts';
import { Reader, readId } from './reader.ts';
import { parseFrame } from './scan.ts';
import { Sender } from './sender.ts';
import { readRequestId, Server } from './server.ts';
import { SignalTable } from './signals.ts';

/** A line of the guest's console. */
export interface PortLine {
  level: ConsoleLevel;
  text: string;
  /** How many groups are open around it. */
  groupDepth: number;
  /** For which request it was written, as the guest says. */
  requestId?: string;
}

export interface PeerOptions {
  tools: Readonly<Record<string, ToolHandler>>;
  /** What answers a call of the guest's module `cofferdam`. Default: the guest has none. */
  host?(method: string): ToolHandler | undefined;
  /** Begins a call; the signal is aborted when the guest gives it up or is over. */
  enter(signal: AbortSignal, requestId?: string, kind?: 'host' | 'tool'): BindingCall;
  /** Best effort: what these throw, or their promises reject with, becomes one warning. */
  onLine?(line: PortLine): void;
  onPost?(event: string, value: unknown): void;
  /** Keeps this process from ending while it waits for an answer of the guest's, until it is released. */
  hold?(): () => void;
  /** Counts what the guest asks. */
  gauge?: PortGauge;
}

/** What a guest may ask: whoever answers `false` has ended it. */
export interface PortGauge {
  /** A call, or a step of an iterator, in a frame of so many UTF-16 units. */
  asked(message: readonly unknown[], frameUnits: number): boolean;
  /** The text of an answer to one of those. */
  answered(text: string): boolean;
}

export interface PeerStream {
  /** Sends one frame. */
  send(text: string): void;
  /** Whether so much waits for a guest that does not read that no more answers are kept for it. */
  readonly isFull: boolean;
}

const MAX_GROUP_DEPTH = 1_000_000;
const MAX_EVENT = 1_024;
const LEVELS: ReadonlySet<unknown> = new Set(CONSOLE_LEVELS);

type Message = unknown[];

/** The embedder's end of a port, without the stream that it runs on. */
export class PortPeer {
  readonly #options: PeerOptions;
  readonly #outbox: Outbox;
  readonly #foreign: ForeignTable;
  readonly #signals: SignalTable;
  readonly #reader: Reader;
  readonly #sender: Sender;
  readonly #asker: Asker;
  readonly #server: Server;
  #lastId = 0;
  #isOver = false;

  constructor(options: PeerOptions, stream: PeerStream) {
    this.#options = options;
    this.#outbox = new Outbox((text) => stream.send(text));
    const nextId = () => ++this.#lastId;
    const owned = new OwnedTable(nextId);
    this.#signals = new SignalTable(nextId, {
      aborted: (id, reason) => this.#sender.abort(id, reason),
      gone: (id) => this.#outbox.add(`["gone",${id}]`, 2),
    });
    this.#foreign = new ForeignTable({
      call: (foreign, args) => this.#asker.call(foreign, args),
      iterate: (foreign, method, value) => this.#asker.iterate(foreign, method, value),
      drop: (id, count) => this.#outbox.add(`["drop",${id},${count}]`, 3),
    });
    const tables = { owned, foreign: this.#foreign, signals: this.#signals };
    this.#reader = new Reader(tables);
    this.#sender = new Sender({ tables, outbox: this.#outbox, stream, gauge: options.gauge });
    this.#asker = new Asker(nextId, this.#sender, { tables, hold: () => options.hold?.() });
    this.#server = new Server(options, { owned, sender: this.#sender, reader: this.#reader });
  }

  /** What is under way, for those who count. */
  get pending(): { calls: number; references: number } {
    return { calls: this.#server.size, references: this.#foreign.size };
  }

  /** Handles one frame. Throws `PROTOCOL_VIOLATION`, and nothing else. */
  receive(text: string): void {
    if (this.#isOver) return;
    // Without a tag's beginning in it the text has no tags: its values are what they should be.
    const isPlain = !text.includes('"$');
    for (const message of parseFrame(text)) {
      if (!Array.isArray(message)) throw violation('a message is a list');
      if (this.#admits(message as Message, text.length)) {
        this.#receive(message as Message, isPlain);
      }
    }
  }

  #admits(message: Message, frameUnits: number): boolean {
    const { gauge } = this.#options;
    const asks = message[0] === 'call' || message[0] === 'iter';
    return !gauge || !asks || gauge.asked(message, frameUnits);
  }

  /** Tells the guest something that it does not answer. Throws what cannot be sent. */
  post(event: string, value: unknown): void {
    this.#sender.post(event, value);
  }

  /** Sends at once what waits for the end of the turn. */
  flush(): void {
    this.#outbox.flush();
  }

  /** The guest is over: calls of tools are aborted, iterators ended, references void. */
  end(reason: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#outbox.isClosed = true;
    this.#foreign.end();
    this.#asker.end(reason);
    this.#server.end(reason);
    this.#signals.end(reason);
  }

  #receive(message: Message, isPlain: boolean): void {
    switch (message[0]) {
      case 'call':
        return this.#server.call(message, isPlain);
      case 'iter':
        return this.#server.iterate(message, isPlain);
      case 'ok':
      case 'err':
        return this.#settle(message, isPlain);
      case 'log':
        return this.#line(message);
      case 'post':
        return this.#posted(message, isPlain);
      default:
        return this.#release(message, isPlain);
    }
  }

  #release(message: Message, isPlain: boolean): void {
    const id = readId(message[1]);
    switch (message[0]) {
      case 'drop':
        return this.#server.drop(id, readId(message[2]));
      case 'gone':
        return this.#signals.forgetReceived(id);
      case 'abort':
        return this.#signals.abort(id, this.#readLoose(message[2], isPlain));
      default:
        throw violation('a message of no known kind');
    }
  }

  #settle(message: Message, isPlain: boolean): void {
    const question = this.#asker.take(readId(message[1]));
    if (!question) throw violation('an answer to nothing');
    let value: unknown;
    try {
      value = isPlain ? message[2] : this.#reader.read(message[2]);
    } catch (error) {
      question.reject(error);
      if (error instanceof CofferdamError) throw error;
      return;
    }
    if (message[0] === 'ok') question.resolve(value);
    else question.reject(value);
  }

  /** Of what nobody waits for, a reference that is gone is nothing to anybody. */
  #readLoose(value: unknown, isPlain: boolean): unknown {
    if (isPlain) return value;
    try {
      return this.#reader.read(value);
    } catch (error) {
      if (error instanceof CofferdamError) throw error;
      return undefined;
    }
  }

  #line([, level, text, groupDepth, meta]: Message): void {
    if (!LEVELS.has(level) || typeof text !== 'string') throw violation('a console line');
    const isDepth = typeof groupDepth === 'number' && groupDepth >= 0;
    if (!isDepth || groupDepth > MAX_GROUP_DEPTH) throw violation('a console line');
    const requestId = readRequestId(meta);
    const line: PortLine = {
      ...{ level: level as ConsoleLevel, text, groupDepth },
      ...(requestId === undefined ? {} : { requestId }),
    };
    notify('a console listener', () => this.#options.onLine?.(line));
  }

  #posted([, event, value]: Message, isPlain: boolean): void {
    if (typeof event !== 'string' || event.length > MAX_EVENT) throw violation('a post');
    const read = this.#readLoose(value, isPlain);
    notify('a listener of posts', () => this.#options.onPost?.(event, read));
  }
}

function violation(what: string): CofferdamError {
  return new CofferdamError('PROTOCOL_VIOLATION', `the port of a guest: ${what}`);
}
