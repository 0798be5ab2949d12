import { CofferdamError } from '@cofferdam/protocol';

interface Waiting<T> {
  admit(place: T): void;
  refuse(error: CofferdamError): void;
}

/** How long a request waits for a place: an instance may have to start, and its runner. */
const WAIT_MS = 30_000;

/** Requests that wait for a place, first come first served. */
export class WaitingRequests<T> {
  readonly #waiting = new Set<Waiting<T>>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Rejects with `CANCELLED` on abort, and `EXPIRED` when it takes too long. */
  wait(signal: AbortSignal): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const leave = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      this.#waiting.delete(waiting);
    };
    const refuse = (error: CofferdamError) => {
      leave();
      reject(error);
    };
    const waiting: Waiting<T> = { admit: (place) => (leave(), resolve(place)), refuse };
    const onAbort = () => refuse(new CofferdamError('CANCELLED'));
    const late = () => refuse(new CofferdamError('EXPIRED', 'no instance of the server was free'));
    const timer = setTimeout(late, WAIT_MS);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.add(waiting);
    if (signal.aborted) onAbort();
    return promise;
  }

  /** Gives the oldest one a place. */
  admit(place: T): void {
    for (const first of this.#waiting) return first.admit(place);
  }

  refuseAll(error: CofferdamError): void {
    for (const waiting of this.#waiting) waiting.refuse(error);
  }
}
