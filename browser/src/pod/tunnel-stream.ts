import { Duplex } from 'node:stream';
import {
  checker,
  CofferdamError,
  LASTING,
  TunnelOpenedSchema,
  type Channel,
  type OutgoingCall,
  type TunnelStart,
} from '@cofferdam/protocol';

const isOpened = checker(TunnelOpenedSchema);

/** One connection to the world through egress, as a stream. Destroying it cancels the call. */
export class TunnelStream extends Duplex {
  /** Performance clock, in milliseconds: when bytes last went either way. */
  lastUsed = performance.now();
  readonly #call: OutgoingCall;
  readonly #cancel: AbortController;
  readonly #data: AsyncIterator<Buffer>;

  private constructor(call: OutgoingCall, cancel: AbortController) {
    super({ allowHalfOpen: true });
    this.#call = call;
    this.#cancel = cancel;
    this.#data = call.data[Symbol.asyncIterator]();
  }

  /** Resolves when the target has taken the connection; rejects with what egress says against it. */
  static async open(
    egress: Channel,
    { ticket, start, signal }: { ticket: string; start: TunnelStart; signal: AbortSignal },
  ): Promise<TunnelStream> {
    const cancel = new AbortController();
    const opened = Promise.withResolvers<void>();
    const call = egress.call(
      'tunnel',
      { ticket, ...start },
      {
        deadlineMs: LASTING,
        signal: AbortSignal.any([cancel.signal, signal]),
        onEvent: (event) => {
          if (isOpened(event).ok) opened.resolve();
        },
      },
    );
    call.reply.then(
      () => opened.reject(new CofferdamError('CONNECTION_LOST', 'the tunnel ended at once')),
      (error: unknown) => opened.reject(error),
    );
    await opened.promise;
    return new TunnelStream(call, cancel);
  }

  override _read(): void {
    this.#data.next().then(
      ({ done, value }) => {
        this.lastUsed = performance.now();
        this.push(done ? null : value);
      },
      (error: Error) => this.destroy(error),
    );
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.lastUsed = performance.now();
    // A buffer of a socket may be used again once it was taken: written, not passed.
    this.#call.write(chunk).then(() => done(), done);
  }

  override _final(done: () => void): void {
    this.#call.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#cancel.abort();
    done(error);
  }
}
