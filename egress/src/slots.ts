import { abortable, CofferdamError } from '@cofferdam/protocol';

/** Requests that may wait for a place: more than a patient script starts at once. */
const MAX_WAITING = 256;

/** So many requests at once; the next ones wait their turn. */
export class Slots {
  readonly #size: number;
  readonly #what: string;
  #taken = 0;
  readonly #waiting: PromiseWithResolvers<void>[] = [];

  /** `what` takes the places, for the error. */
  constructor(size: number, what = 'requests') {
    this.#size = size;
    this.#what = what;
  }

  get isIdle(): boolean {
    return this.#taken === 0;
  }

  /**
   * Resolves with the way to give the place back. Throws `EGRESS_BUDGET` when too many wait
   * already, or the signal's reason.
   */
  async acquire(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#taken < this.#size) this.#taken++;
    else await this.#wait(signal);
    return () => this.#release();
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) {
      throw new CofferdamError(
        'EGRESS_BUDGET',
        `${this.#size} ${this.#what} at once are under way and ${MAX_WAITING} wait`,
      );
    }
    const turn = Promise.withResolvers<void>();
    this.#waiting.push(turn);
    try {
      await abortable(turn.promise, signal);
    } catch (error) {
      const at = this.#waiting.indexOf(turn);
      // Its turn came while it was being cancelled: the place goes to the next one.
      if (at === -1) this.#release();
      else this.#waiting.splice(at, 1);
      throw error;
    }
  }

  /** Hands the place over, so that nobody who comes later is served before those who wait. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next) next.resolve();
    else this.#taken--;
  }
}
