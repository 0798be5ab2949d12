import {
  closePart,
  CofferdamError,
  encodeSocketPart,
  readClose,
  readSocketParts,
  socketParts,
  type IncomingCall,
  type SocketClose,
  type SocketPart,
} from '@cofferdam/protocol/base';
import type { TellGuest } from './guest-server.ts';

const MiB = 1024 * 1024;
const MAX_MESSAGE_BYTES = 4 * MiB;
/** The guest's own end holds back more than 16 MiB; this is for one that was changed. */
const MAX_UNSENT_BYTES = 24 * MiB;
/** What a message costs beside its bytes, as the guest's end counts it. */
const OVERHEAD_BYTES = 256;
/** Acknowledging each message would be a crossing for each. */
const ACKNOWLEDGE_BYTES = 64 * 1024;
const ACKNOWLEDGE_MS = 20;
/** What the other side may take to say that it has closed as well. */
const CLOSE_WITHIN_MS = 30_000;
const ABNORMAL: SocketClose = { code: 1006, reason: '' };
const TOO_LARGE: SocketClose = { code: 1009, reason: 'the message is too large' };

/** One connection of a guest, between the bytes of its call and the guest. */
export class ServedSocket {
  readonly #id: number;
  readonly #call: IncomingCall;
  readonly #tell: TellGuest;
  readonly #over = Promise.withResolvers<SocketClose>();
  #pieces: Uint8Array[] = [];
  #size = 0;
  #unsent = 0;
  #taken = 0;
  #timer: NodeJS.Timeout | undefined;
  #closing: NodeJS.Timeout | undefined;

  constructor(id: number, call: IncomingCall, tell: TellGuest) {
    this.#id = id;
    this.#call = call;
    this.#tell = tell;
  }

  /** Brings the guest what comes, until the connection is over. */
  async run(): Promise<object> {
    const { signal } = this.#call;
    signal.addEventListener('abort', () => this.#over.resolve(ABNORMAL), { once: true });
    if (signal.aborted) this.#over.resolve(ABNORMAL);
    void this.#tell('open', this.#id);
    this.#receive().then(
      (closing) => this.#over.resolve(closing),
      (error: unknown) => this.fail(ofEmbedder(CofferdamError.from(error))),
    );
    try {
      await this.#told(await this.#over.promise);
      return {};
    } catch (error) {
      await this.#told((error as CofferdamError).code === 'BODY_TOO_LARGE' ? TOO_LARGE : ABNORMAL);
      throw error;
    } finally {
      clearTimeout(this.#timer);
      clearTimeout(this.#closing);
    }
  }

  send(kind: 'text' | 'binary', bytes: Buffer): void {
    const size = bytes.byteLength + OVERHEAD_BYTES;
    this.#unsent += size;
    if (this.#unsent > MAX_UNSENT_BYTES) {
      return this.fail(new CofferdamError('OUTPUT_EXCEEDED', 'too much waits for the client'));
    }
    const parts = [...socketParts(kind, bytes)];
    const sent = parts.map((part) => this.#call.pass(encodeSocketPart(part)));
    Promise.all(sent).then(
      () => this.#passed(size),
      () => {},
    );
  }

  /** The guest closes; the client is to say that it has, too. */
  close(json: unknown): void {
    const { code, reason } = Object(JSON.parse(String(json))) as Partial<SocketClose>;
    const part = closePart({ code: Number(code) & 0xffff, reason: String(reason).slice(0, 123) });
    if (part.bytes.byteLength > 125) return;
    this.#call.pass(encodeSocketPart(part)).catch(() => {});
    this.#closing ??= setTimeout(() => this.#over.resolve(ABNORMAL), CLOSE_WITHIN_MS).unref();
  }

  fail(error: CofferdamError): void {
    this.#over.reject(error);
  }

  async #receive(): Promise<SocketClose> {
    for await (const part of readSocketParts(this.#call.data)) {
      if (part.kind === 'close') return readClose(part);
      // The guest takes one message after the other; the client waits as long as it does.
      await this.#take(part);
    }
    return ABNORMAL;
  }

  async #take({ kind, isLast, bytes }: SocketPart): Promise<void> {
    this.#pieces.push(bytes);
    this.#size += bytes.byteLength;
    if (this.#size > MAX_MESSAGE_BYTES) {
      throw new CofferdamError('BODY_TOO_LARGE', 'a message has at most 4 MiB');
    }
    if (!isLast) return;
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    if (kind === 'text') return await this.#tell('text', this.#id, whole.toString());
    const { buffer, byteOffset, byteLength } = whole;
    const copy = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    await this.#tell('binary', this.#id, undefined, copy);
  }

  /** A close of 1006 with a reason says what broke: nobody can send one otherwise. */
  #told({ code, reason }: SocketClose): Promise<void> {
    const broke = code === ABNORMAL.code && reason !== '';
    const said = broke ? [code, '', reason] : [code, reason];
    return this.#tell('close', this.#id, JSON.stringify(said));
  }

  #passed(size: number): void {
    this.#unsent -= size;
    this.#taken += size;
    if (this.#taken >= ACKNOWLEDGE_BYTES) this.#acknowledge();
    else this.#timer ??= setTimeout(() => this.#acknowledge(), ACKNOWLEDGE_MS).unref();
  }

  #acknowledge(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    void this.#tell('sent', this.#id, String(this.#taken));
    this.#taken = 0;
  }
}

/** What an embedder sends that is no message is wrong with what it sends: this process is sound. */
function ofEmbedder(error: CofferdamError): CofferdamError {
  if (error.code !== 'PROTOCOL_VIOLATION') return error;
  return new CofferdamError('INVALID_INPUT', error.message);
}
