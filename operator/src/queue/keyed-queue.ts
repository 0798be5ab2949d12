import { systemClock, type Clock } from '../schedule/clock.ts';

export interface KeyedQueueOptions {
  /** Works on one key; a rejection puts the key back, later each time. */
  handle: (key: string) => Promise<void>;
  /** Told of every rejection, with how long it waits before the next try. */
  onFailure?: (key: string, error: unknown, delayMs: number) => void;
  /** Keys worked on at once. Default 4. */
  concurrency?: number;
  /** The first wait after a failure; it doubles from there. Default 500 ms. */
  backoffMs?: number;
  /** The longest wait after failures. Default 60 s. */
  maxBackoffMs?: number;
  clock?: Clock;
}

/**
 * Keys that wait for work. A key waits at most once and is never worked on twice at the same time:
 * what is added during its work is worked on once more afterwards.
 */
export class KeyedQueue {
  readonly #options: Required<KeyedQueueOptions>;
  readonly #waiting = new Set<string>();
  readonly #working = new Set<string>();
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, { at: number; cancel: () => void }>();
  readonly #idle: (() => void)[] = [];
  #closed = false;

  constructor(options: KeyedQueueOptions) {
    this.#options = {
      onFailure: () => {},
      concurrency: 4,
      backoffMs: 500,
      maxBackoffMs: 60_000,
      clock: systemClock,
      ...options,
    };
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#cancelTimer(key);
    if (this.#working.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    this.#start();
  }

  /** Adds the key after a while; of two such wishes the earlier one counts. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    const { clock } = this.#options;
    const at = clock.now() + ms;
    const timer = this.#timers.get(key);
    if (timer && timer.at <= at) return;
    timer?.cancel();
    this.#timers.set(key, { at, cancel: clock.after(ms, () => this.add(key)) });
  }

  /** Resolves when nothing waits or is worked on (what waits for its time does not count). */
  async idle(): Promise<void> {
    if (this.#waiting.size + this.#working.size === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Takes no more keys; resolves when the work under way is done. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.clear();
    this.#again.clear();
    for (const key of [...this.#timers.keys()]) this.#cancelTimer(key);
    await this.idle();
  }

  #start(): void {
    for (const key of this.#waiting) {
      if (this.#working.size >= this.#options.concurrency) return;
      this.#waiting.delete(key);
      this.#working.add(key);
      void this.#work(key);
    }
  }

  async #work(key: string): Promise<void> {
    try {
      await this.#options.handle(key);
      this.#failures.delete(key);
    } catch (error) {
      this.#retry(key, error);
    }
    this.#working.delete(key);
    if (this.#again.delete(key)) this.add(key);
    this.#start();
    if (this.#waiting.size + this.#working.size === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  #retry(key: string, error: unknown): void {
    const { backoffMs, maxBackoffMs, onFailure } = this.#options;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delayMs = Math.min(maxBackoffMs, backoffMs * 2 ** Math.min(failures, 30));
    onFailure(key, error, delayMs);
    this.addAfter(key, delayMs);
  }

  #cancelTimer(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }
}
