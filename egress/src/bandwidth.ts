import { setTimeout as sleep } from 'node:timers/promises';

/** So much goes at once after a pause, in milliseconds of the rate and in bytes: whichever is more. */
const BURST_MS = 1_000;
const MIN_BURST_BYTES = 64 * 1024;
/** A timer of Node's holds no more. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** A token bucket without a timer: what goes is paid for by waiting before the next. Shared by all connections of a ticket. */
export class Bucket {
  readonly #perMs: number;
  readonly #burstMs: number;
  readonly #now: () => number;
  /** When everything that went is paid for. */
  #paid = -Infinity;

  /** `rate` in bytes a second; `now` in milliseconds. */
  constructor(rate: number, now: () => number) {
    this.#perMs = rate / 1_000;
    this.#burstMs = Math.max(BURST_MS, MIN_BURST_BYTES / this.#perMs);
    this.#now = now;
  }

  /** Takes so many bytes and answers when they may go. Who asks first goes first. */
  take(bytes: number): number {
    const full = this.#now() - this.#burstMs;
    this.#paid = Math.max(this.#paid, full) + bytes / this.#perMs;
    return this.#paid;
  }

  /** Resolves at that time; `undefined` when it has come. Rejects with the signal's reason. */
  until(time: number, signal: AbortSignal): Promise<void> | undefined {
    const ms = time - this.#now();
    return ms > 0 ? slept(Math.min(ms, MAX_WAIT_MS), signal) : undefined;
  }
}

async function slept(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** The rate of one ticket, each way by itself. */
export class Bandwidth {
  readonly up: Bucket;
  readonly down: Bucket;

  constructor(rate: number, now: () => number = () => performance.now()) {
    this.up = new Bucket(rate, now);
    this.down = new Bucket(rate, now);
  }
}
