import type { Duplex } from 'node:stream';

/** What a frame that waits costs beside its bytes: its buffer object and its place in the queue. */
const FRAME_OVERHEAD_BYTES = 256;

/**
 * When frames leave: with the microtasks of this callback (`callback`), or at the end of the event loop's turn (`turn`), which
 * suits a process that never works for long at a stretch.
 */
export type Gathering = 'callback' | 'turn';

/** The sending side of a connection: frames that belong together leave in one system call, and wake the other end once. */
export class Outbox {
  readonly #stream: Duplex;
  readonly #gathering: Gathering;
  #corked = false;
  #waiting = 0;

  constructor(stream: Duplex, gathering: Gathering = 'callback') {
    this.#stream = stream;
    this.#gathering = gathering;
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
      if (this.#gathering === 'turn') setImmediate(this.#flush);
      else queueMicrotask(this.#flush);
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
