import {
  closePart,
  CofferdamError,
  encodeSocketPart,
  LASTING,
  readClose,
  readSocketParts,
  SERVER_METHODS,
  socketParts,
  type Channel,
  type OutgoingCall,
  type SocketClose,
  type SocketPart,
} from '@cofferdam/protocol';
import { MAX_MESSAGE_BYTES } from './options.ts';

const BROKEN: SocketClose = { code: 1006, reason: '' };

/** What of a connection is told to whoever has the client. Each is waited for before the next. */
export interface ClientSocketEvents {
  onMessage(data: string | ArrayBuffer): unknown;
  onClose(closing: SocketClose): unknown;
  onOver(): void;
}

export interface ClientSocketOptions extends ClientSocketEvents {
  channel: Channel;
  runtimeId: string;
  connectionId: string;
}

/** The client's side of a connection of a guest's, as whoever has the client drives it. */
export class ClientSocket {
  readonly #options: ClientSocketOptions;
  readonly #call: OutgoingCall;
  readonly #abort = new AbortController();
  /** A close has gone to the guest: nobody is told of its answer. */
  #isClosing = false;
  #isTold = false;
  #pieces: Uint8Array[] = [];
  #size = 0;

  constructor(options: ClientSocketOptions) {
    const { channel, runtimeId, connectionId } = options;
    this.#options = options;
    const payload = { runtimeId, connectionId };
    const call = { deadlineMs: LASTING, signal: this.#abort.signal };
    this.#call = channel.call(SERVER_METHODS.webSocket, payload, call);
    void this.#run();
  }

  /** Resolves when the guest's process has room for more. */
  async send(kind: 'text' | 'binary', bytes: Uint8Array): Promise<void> {
    const sent = [...socketParts(kind, bytes)].map((part) =>
      this.#call.pass(encodeSocketPart(part)),
    );
    await Promise.all(sent);
  }

  /** Resolves when the guest has been told. */
  async close(closing: SocketClose): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#call.pass(encodeSocketPart(closePart(closing))).catch(() => {});
    await this.#call.reply.catch(() => {});
  }

  /** The connection is no more, whatever either side wants. */
  break(): void {
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    try {
      for await (const part of readSocketParts(this.#call.data)) await this.#take(part);
      await this.#call.reply;
    } catch {
      // Its runtime, or the connection to it, is over: the client hears that it is.
      this.#abort.abort();
    }
    await this.#tellClose(BROKEN);
    this.#options.onOver();
  }

  async #take(part: SocketPart): Promise<void> {
    if (part.kind === 'close') return await this.#tellClose(readClose(part));
    this.#pieces.push(part.bytes);
    this.#size += part.bytes.byteLength;
    if (this.#size > MAX_MESSAGE_BYTES) throw new CofferdamError('PROTOCOL_VIOLATION');
    if (!part.isLast) return;
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    const { buffer, byteOffset, byteLength } = whole;
    const isText = part.kind === 'text';
    await this.#options.onMessage(
      isText ? whole.toString() : buffer.slice(byteOffset, byteOffset + byteLength),
    );
  }

  /** Once, and not where the client has closed it. */
  async #tellClose(closing: SocketClose): Promise<void> {
    if (this.#isClosing || this.#isTold) return;
    this.#isTold = true;
    await this.#options.onClose(closing);
  }
}
