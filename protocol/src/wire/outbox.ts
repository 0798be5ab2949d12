import type { Duplex } from 'node:stream';

/** What a frame that waits costs beside its bytes: its buffer object and its place in the queue. */
const FRAME_OVERHEAD_BYTES = 256;

/** The sending side of a connection: frames of one turn leave in one system call. */
export class Outbox {
  readonly #stream: Duplex;
  #corked = false;
  #waiting = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** Memory that frames hold which the peer has not taken yet. */
  get unsentBytes(): number {
    return this.#stream.writableLength + this.#waiting * FRAME_OVERHEAD_BYTES;
  }

  /** Sends a frame, or a part of one. */
  send(frame: Uint8Array): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#stream.cork();
      queueMicrotask(this.#flush);
    }
    this.#waiting++;
    this.#stream.write(frame, this.#sent);
  }

  readonly #sent = (): void => {
    this.#waiting--;
  };

  readonly #flush = (): void => {
    this.#corked = false;
    this.#stream.uncork();
  };
}
