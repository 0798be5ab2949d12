import { setTimeout as sleep } from 'node:timers/promises';

const WINDOW_MS = 1_000;

/** Lets so many messages through in a second; the others wait for the next one. */
export class WorkerPace {
  readonly #perSecond: number;
  #began = 0;
  #taken = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Counts a message. */
  note(): void {
    this.#taken++;
  }

  /** Resolves when more may come. */
  async room(signal: AbortSignal): Promise<void> {
    const leftMs = this.#began + WINDOW_MS - performance.now();
    if (leftMs > 0 && this.#taken < this.#perSecond) return;
    if (leftMs > 0) await sleep(leftMs, undefined, { signal });
    this.#began = performance.now();
    this.#taken = 0;
  }
}
