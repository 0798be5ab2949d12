const FIRST_MS = 500;
const LONGEST_MS = 60_000;
/** An instance that lived so long before it failed has worked. */
const WORKED_MS = 10_000;

/** When an instance may be started after others have failed: at once, then later each time. */
export class Backoff {
  #failures = 0;
  #notBefore = 0;

  /** Milliseconds, on the clock that `failed` is told. */
  get notBefore(): number {
    return this.#notBefore;
  }

  /** An instance has failed that was ready for so long. */
  failed(now: number, livedMs: number): void {
    this.#failures = livedMs >= WORKED_MS ? 0 : this.#failures + 1;
    // The first one may have been what somebody sent: the next request finds another instance.
    const wait = this.#failures < 2 ? 0 : FIRST_MS * 2 ** Math.min(this.#failures - 2, 16);
    this.#notBefore = now + Math.min(LONGEST_MS, wait);
  }

  /** Whatever failed is another script by now. */
  reset(): void {
    this.#failures = 0;
    this.#notBefore = 0;
  }
}
