import { CofferdamError } from '../error/cofferdam-error.ts';
import { DATA_CHUNK_BYTES, type FrameType } from './frame.ts';
import { Inflow, Outflow } from './flow.ts';

/** Sends one frame about a call; given by the channel, which knows the call's id and direction. */
export type SendFrame = (type: FrameType, payload?: string | Uint8Array) => void;

/** What both ends of a call have: a byte stream each way and events. */
abstract class CallEnd {
  /** The bytes that the other end sends. */
  readonly data: Inflow;
  protected readonly outflow = new Outflow();
  protected readonly send: SendFrame;

  constructor(send: SendFrame) {
    this.send = send;
    this.data = new Inflow((bytes) => send('credit', creditPayload(bytes)));
  }

  /** Sends bytes, waiting for the other end's credit. */
  async write(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.byteLength > 0) {
      const size = await this.outflow.take(Math.min(rest.byteLength, DATA_CHUNK_BYTES));
      this.send('data', rest.subarray(0, size));
      rest = rest.subarray(size);
    }
  }

  /** Says that no more bytes follow. */
  end(): void {
    this.send('end');
  }

  /** Sends a message that is not the answer. */
  emit(event: unknown): void {
    this.send('event', JSON.stringify(event));
  }

  grant(bytes: number): void {
    this.outflow.grant(bytes);
  }

  protected failStreams(error: Error): void {
    this.outflow.fail(error);
    this.data.fail(error);
  }
}

export type EventListener = (event: unknown) => void;

/** A call that the other side started. */
export class IncomingCall extends CallEnd {
  readonly method: string;
  readonly payload: unknown;
  /** Performance clock, in milliseconds: when the caller stops waiting. */
  readonly deadline: number;
  /** Aborted when the caller cancels, its deadline passes or the connection ends. */
  readonly signal: AbortSignal;
  onEvent: EventListener | undefined;
  readonly #abort = new AbortController();

  constructor(send: SendFrame, call: { method: string; payload: unknown; deadlineMs: number }) {
    super(send);
    this.method = call.method;
    this.payload = call.payload;
    this.deadline = performance.now() + call.deadlineMs;
    this.signal = this.#abort.signal;
  }

  abort(error: CofferdamError): void {
    this.failStreams(error);
    this.#abort.abort(error);
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
    this.outflow.fail(new CofferdamError('CANCELLED', 'the call has been answered'));
  }

  fail(error: CofferdamError): void {
    this.#settle.reject(error);
    this.failStreams(error);
  }
}

export function creditPayload(bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(bytes, 0);
  return payload;
}

export function readCredit(payload: Buffer): number {
  if (payload.byteLength === 4) return payload.readUInt32BE(0);
  throw new CofferdamError('PROTOCOL_VIOLATION', 'a credit frame is four bytes');
}
