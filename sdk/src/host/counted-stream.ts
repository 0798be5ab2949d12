import type { PortStream } from '../port/port.ts';

/** A port's stream that knows how much of what came was taken in. */
export class CountedStream implements PortStream {
  readonly data: AsyncIterable<Buffer>;
  readonly #stream: PortStream;
  #taken = 0;
  #isOver = false;
  #waiting: { bytes: number; resolve: () => void }[] = [];

  constructor(stream: PortStream) {
    this.#stream = stream;
    this.data = this.#counted();
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#stream.write(bytes);
  }

  /** Settles when so many bytes were taken in since the beginning, no more will come, or it is late. */
  async reached(bytes: number, withinMs: number): Promise<void> {
    if (this.#isOver || this.#taken >= bytes) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { bytes, resolve };
    this.#waiting.push(waiting);
    const timer = setTimeout(resolve, withinMs);
    await promise;
    clearTimeout(timer);
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
  }

  async *#counted(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of this.#stream.data) {
        yield chunk;
        // Whoever asks for the next one has dealt with this one.
        this.#taken += chunk.byteLength;
        this.#wake();
      }
    } finally {
      this.#isOver = true;
      this.#wake();
    }
  }

  #wake(): void {
    for (const { bytes, resolve } of this.#waiting) {
      if (this.#isOver || this.#taken >= bytes) resolve();
    }
  }
}
