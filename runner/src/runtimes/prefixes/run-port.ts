import { CofferdamError, type IncomingCall } from '@cofferdam/protocol';
import type { PortCall } from '../kept-runtime.ts';

/** The port of an isolate that waits for its run: it leads nowhere until that comes. */
export class RunPort implements PortCall {
  readonly signal: AbortSignal;
  readonly data: IncomingCall['data'];
  readonly #over = new AbortController();
  readonly #call = Promise.withResolvers<IncomingCall>();
  #passed = 0;
  #passedOn: (() => void) | undefined;

  constructor() {
    this.signal = this.#over.signal;
    this.#call.promise.catch(() => {});
    this.data = this.#received() as unknown as IncomingCall['data'];
  }

  /** The bytes of this call are the port from here on. */
  connect(call: IncomingCall): void {
    this.#call.resolve(call);
  }

  async write(bytes: Uint8Array): Promise<void> {
    const call = await this.#call.promise;
    await call.write(bytes);
    this.#passed += bytes.byteLength;
    this.#passedOn?.();
  }

  /** Settles when so many of the guest's bytes are with its embedder, or it is late. */
  async passed(bytes: number, withinMs: number): Promise<void> {
    if (this.#passed >= bytes) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, withinMs);
    this.#passedOn = () => void (this.#passed >= bytes && resolve());
    await promise;
    clearTimeout(timer);
  }

  /** Ends the isolate. */
  dispose(): void {
    this.#over.abort();
    this.#call.reject(new CofferdamError('CANCELLED'));
  }

  async *#received(): AsyncGenerator<Buffer> {
    const call = await this.#call.promise;
    yield* call.data;
  }
}
