import { CofferdamError } from '../error/cofferdam-error.ts';
import { Pieces } from './pieces.ts';

/** How many bytes of a call's stream may be under way before the receiver has taken them. */
export const STREAM_WINDOW_BYTES = 256 * 1024;

/** Credit is given back in steps of this size, so that small reads cost no frame each. */
const CREDIT_STEP_BYTES = STREAM_WINDOW_BYTES / 4;

/** Why a stream broke. Made when it is asked for: an error costs more than a whole small call. */
export type Failure = () => Error;

/** The sending half of a call's stream: waits for the receiver's credit. */
export class Outflow {
  #credit = STREAM_WINDOW_BYTES;
  #waiting: (() => void)[] = [];
  #failure: Failure | undefined;

  grant(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit > STREAM_WINDOW_BYTES) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'more credit than the window holds');
    }
    this.#wake();
  }

  fail(failure: Failure): void {
    this.#failure ??= failure;
    this.#wake();
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** How much of `wanted` may be sent now: 0 without credit. Throws when nothing more can be sent. */
  take(wanted: number): number {
    if (this.#failure) throw this.#failure();
    const granted = Math.min(wanted, this.#credit);
    this.#credit -= granted;
    return granted;
  }

  /** Resolves when it is worth to {@link take} again. */
  ready(): Promise<void> {
    if (this.#credit > 0 || this.#failure) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** The receiving half of a call's stream: an async iterable that gives credit as it is read. */
export class Inflow implements AsyncIterable<Buffer> {
  readonly #chunks = new Pieces();
  #unacknowledged = 0;
  #ended = false;
  #failure: Failure | undefined;
  #waiting: (() => void) | undefined;
  readonly #credit: (bytes: number) => void;

  constructor(credit: (bytes: number) => void) {
    this.#credit = credit;
  }

  push(chunk: Buffer): void {
    if (this.#ended) throw new CofferdamError('PROTOCOL_VIOLATION', 'data after the end');
    const taken = this.#chunks.bytes + this.#unacknowledged + chunk.byteLength;
    if (taken > STREAM_WINDOW_BYTES) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'data beyond the credit');
    }
    // An empty chunk needs no credit, so that any number of them could be sent.
    if (chunk.byteLength === 0) return;
    this.#chunks.push(isMostOf(chunk) ? chunk : Buffer.from(chunk));
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Ends the stream as broken, unless it was whole already. */
  fail(failure: Failure): void {
    if (!this.#ended) this.#failure ??= failure;
    this.#wake();
  }

  /** All of it, where it has come to its good end: what is small costs no turn for each piece then. */
  whole(): Buffer | undefined {
    return this.#ended ? this.#chunks.takeAll() : undefined;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Buffer> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#consumed(chunk.byteLength);
        yield chunk;
      } else if (this.#failure) {
        throw this.#failure();
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#waiting = resolve));
      }
    }
  }

  #consumed(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < CREDIT_STEP_BYTES || this.#ended) return;
    this.#credit(this.#unacknowledged);
    this.#unacknowledged = 0;
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}

/** Whether keeping a view on a socket's buffer keeps little else alive: the others are copied. */
function isMostOf({ byteLength, buffer }: Buffer): boolean {
  return byteLength * 2 >= buffer.byteLength;
}
