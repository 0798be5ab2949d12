import { CofferdamError } from '../error/cofferdam-error.ts';

/** How many bytes of a call's stream may be under way before the receiver has taken them. */
export const STREAM_WINDOW_BYTES = 256 * 1024;

/** Credit is given back in steps of this size, so that small reads cost no frame each. */
const CREDIT_STEP_BYTES = STREAM_WINDOW_BYTES / 4;

/** The sending half of a call's stream: waits for the receiver's credit. */
export class Outflow {
  #credit = STREAM_WINDOW_BYTES;
  #waiting: (() => void) | undefined;
  #failure: Error | undefined;

  grant(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit > STREAM_WINDOW_BYTES) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'more credit than the window holds');
    }
    this.#wake();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  /** Waits until something may be sent and answers how much of `wanted` that is. */
  async take(wanted: number): Promise<number> {
    while (this.#credit === 0 && !this.#failure) {
      await new Promise<void>((resolve) => (this.#waiting = resolve));
    }
    if (this.#failure) throw this.#failure;
    const granted = Math.min(wanted, this.#credit);
    this.#credit -= granted;
    return granted;
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}

/** The receiving half of a call's stream: an async iterable that gives credit as it is read. */
export class Inflow implements AsyncIterable<Buffer> {
  #chunks: Buffer[] = [];
  #held = 0;
  #unacknowledged = 0;
  #ended = false;
  #failure: Error | undefined;
  #waiting: (() => void) | undefined;
  readonly #credit: (bytes: number) => void;

  constructor(credit: (bytes: number) => void) {
    this.#credit = credit;
  }

  push(chunk: Buffer): void {
    if (this.#ended) throw new CofferdamError('PROTOCOL_VIOLATION', 'data after the end');
    this.#held += chunk.byteLength;
    if (this.#held + this.#unacknowledged > STREAM_WINDOW_BYTES) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'data beyond the credit');
    }
    // Copied: the chunk is a view on the socket's buffer, which it would keep alive.
    this.#chunks.push(Buffer.from(chunk));
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Buffer> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#consumed(chunk.byteLength);
        yield chunk;
      } else if (this.#failure) {
        throw this.#failure;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.#waiting = resolve));
      }
    }
  }

  #consumed(bytes: number): void {
    this.#held -= bytes;
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
