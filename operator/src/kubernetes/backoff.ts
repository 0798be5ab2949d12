export interface BackoffOptions {
  /** The first wait. */
  baseMs: number;
  /** The longest wait. */
  maxMs: number;
  random: () => number;
}

/** Waits that double with each failure, each moved by up to half of itself so that many callers spread. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a failure; answers how long to wait, at least for what the server asked. */
  next(atLeastMs = 0): number {
    const { baseMs, maxMs, random } = this.#options;
    const full = Math.min(maxMs, baseMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return Math.max(atLeastMs, full * (0.5 + random() / 2));
  }

  reset(): void {
    this.#failures = 0;
  }
}
