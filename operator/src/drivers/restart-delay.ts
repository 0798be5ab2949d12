const FIRST_MS = 250;
const LONGEST_MS = 30_000;
/** A process that lived so long did not die of its start. */
const HEALTHY_MS = 10_000;
/** Deaths so long ago say nothing of the next start. */
const FORGET_MS = 60_000;

/** How long to wait before the next start: longer after each early death, not at all otherwise. */
export class RestartDelay {
  #deaths = 0;
  #lastDeath = 0;

  /** Milliseconds to wait, at this time in milliseconds. */
  at(now: number): number {
    if (this.#deaths === 0 || now - this.#lastDeath > FORGET_MS) return 0;
    return Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.#deaths - 1));
  }

  died(now: number, livedMs: number): void {
    this.#deaths = livedMs < HEALTHY_MS ? Math.min(this.#deaths + 1, 20) : 0;
    this.#lastDeath = now;
  }
}
