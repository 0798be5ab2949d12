import { CofferdamError } from '../error/cofferdam-error.ts';
import { LASTING } from './call-payload.ts';
import { DATA_CHUNK_BYTES, type FrameType } from './frame.ts';
import { Inflow, Outflow, type Failure } from './flow.ts';

const answered: Failure = () => new CofferdamError('CANCELLED', 'the call has been answered');

/**
 * Sends one frame about a call; given by the channel, which knows the call's id and direction. A
 * payload that is `owned` nobody will change: it needs no copy.
 */
export type SendFrame = (
  type: FrameType,
  payload?: string | Uint8Array,
  ownership?: Ownership,
) => void;

/** Whether whoever gave bytes may change them once their write has resolved (`lent`), or never. */
type Ownership = 'owned' | 'lent';

/** What both ends of a call have: a byte stream each way and events. */
export abstract class CallEnd {
  /** The bytes that the other end sends. */
  readonly data: Inflow;
  protected readonly outflow = new Outflow();
  /** Set by the channel when the call is over: nothing is sent about it any more. */
  settled = false;
  readonly #send: SendFrame;
  /** The last write that waits for credit; what is sent after it waits for it. */
  #blocked: Promise<void> | undefined;

  constructor(send: SendFrame) {
    this.#send = send;
    this.data = new Inflow((bytes) => this.send('credit', creditPayload(bytes)));
  }

  protected send(type: FrameType, payload?: string | Uint8Array, ownership?: Ownership): void {
    if (!this.settled) this.#send(type, payload, ownership);
  }

  /**
   * Sends bytes; resolves when the other end's credit covered all of them. Writes keep their order
   * even when they are not awaited. Rejects when the call is over.
   */
  write(bytes: Uint8Array): Promise<void> {
    return this.#put(bytes, 'lent');
  }

  /** As {@link write}, of bytes that nobody will change any more: they are not copied. */
  pass(bytes: Uint8Array): Promise<void> {
    return this.#put(bytes, 'owned');
  }

  async #put(bytes: Uint8Array, ownership: Ownership): Promise<void> {
    const rest = this.#blocked ? bytes : this.#sendSome(bytes, ownership);
    if (rest.byteLength === 0) return;
    const before = this.#blocked ?? Promise.resolve();
    const done = before.then(() => this.#sendAll(rest, ownership));
    const settled: Promise<void> = done.then(
      () => this.#unblock(settled),
      () => this.#unblock(settled),
    );
    this.#blocked = settled;
    await done;
  }

  /** Says that no more bytes follow. */
  end(): void {
    if (this.#blocked) void this.#blocked.then(() => this.#sendEnd());
    else this.#sendEnd();
  }

  /** Sends a message that is not the answer. */
  emit(event: unknown): void {
    this.send('event', JSON.stringify(event) ?? 'null');
  }

  grant(bytes: number): void {
    this.outflow.grant(bytes);
  }

  /** Sends what the credit allows; the rest of the bytes is left. */
  #sendSome(bytes: Uint8Array, ownership: Ownership): Uint8Array {
    let rest = bytes;
    while (rest.byteLength > 0) {
      const size = this.outflow.take(Math.min(rest.byteLength, DATA_CHUNK_BYTES));
      if (size === 0) break;
      this.send('data', rest.subarray(0, size), ownership);
      rest = rest.subarray(size);
    }
    return rest;
  }

  async #sendAll(bytes: Uint8Array, ownership: Ownership): Promise<void> {
    let rest = this.#sendSome(bytes, ownership);
    while (rest.byteLength > 0) {
      // eslint-disable-next-line no-await-in-loop -- one piece after another is what a stream is
      await this.outflow.ready();
      rest = this.#sendSome(rest, ownership);
    }
  }

  /** A stream that broke off must not look whole to the other end. */
  #sendEnd(): void {
    if (!this.outflow.failed) this.send('end');
  }

  #unblock(settled: Promise<void>): void {
    if (this.#blocked === settled) this.#blocked = undefined;
  }

  protected failStreams(failure: Failure): void {
    this.outflow.fail(failure);
    this.data.fail(failure);
  }
}

export type EventListener = (event: unknown) => void;

/** A call that the other side started. */
export class IncomingCall extends CallEnd {
  readonly method: string;
  readonly payload: unknown;
  /** Performance clock, in milliseconds: when the caller stops waiting; infinite for a lasting call. */
  readonly deadline: number;
  /** Aborted when the caller cancels, its deadline passes or the connection ends. */
  readonly signal: AbortSignal;
  onEvent: EventListener | undefined;
  readonly #abort = new AbortController();

  constructor(send: SendFrame, call: { method: string; payload: unknown; deadlineMs: number }) {
    super(send);
    this.method = call.method;
    this.payload = call.payload;
    this.deadline =
      call.deadlineMs === LASTING ? Number.POSITIVE_INFINITY : performance.now() + call.deadlineMs;
    this.signal = this.#abort.signal;
  }

  abort(error: CofferdamError): void {
    this.failStreams(() => error);
    this.#abort.abort(error);
  }

  /** Ends the streams of a call that has its answer: nobody listens to them any more. */
  finish(): void {
    this.failStreams(answered);
  }
}

/** A call that this side started. */
export class OutgoingCall extends CallEnd {
  /** The answer; rejects with a {@link CofferdamError}. */
  readonly reply: Promise<unknown>;
  onEvent: EventListener | undefined;
  readonly #settle: PromiseWithResolvers<unknown>;

  constructor(send: SendFrame) {
    super(send);
    this.#settle = Promise.withResolvers<unknown>();
    this.reply = this.#settle.promise;
    // Whoever only reads the stream learns of a failure there.
    this.reply.catch(() => {});
  }

  succeed(value: unknown): void {
    this.#settle.resolve(value);
    this.data.end();
    this.outflow.fail(answered);
  }

  fail(error: CofferdamError): void {
    this.#settle.reject(error);
    this.failStreams(() => error);
  }
}

function creditPayload(bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(bytes, 0);
  return payload;
}

export function readCredit(payload: Buffer): number {
  if (payload.byteLength === 4) return payload.readUInt32BE(0);
  throw new CofferdamError('PROTOCOL_VIOLATION', 'a credit frame is four bytes');
}
