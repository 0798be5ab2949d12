import { ERRNO } from './errno.ts';
import type { GuestMemory } from './memory.ts';

const REALTIME = 0;
const THREAD_CPUTIME = 3;
const NS_PER_MS = 1_000_000n;

/** Clocks of one millisecond: a finer one would measure what other tenants do. */
export class Clock {
  readonly #now: () => number;
  readonly #start: number;
  #latest: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#start = now();
    this.#latest = this.#start;
  }

  resolution(memory: GuestMemory, id: number, at: number): number {
    if (!isClock(id)) return ERRNO.inval;
    memory.setU64(at, NS_PER_MS);
    return ERRNO.success;
  }

  time(memory: GuestMemory, id: number, at: number): number {
    if (!isClock(id)) return ERRNO.inval;
    memory.setU64(at, this.nanoseconds(id));
    return ERRNO.success;
  }

  /** Every clock but the wall's counts from the program's start and never goes back. */
  nanoseconds(id: number): bigint {
    const now = this.#now();
    if (id === REALTIME) return BigInt(now) * NS_PER_MS;
    this.#latest = Math.max(this.#latest, now);
    return BigInt(this.#latest - this.#start) * NS_PER_MS;
  }
}

export function isClock(id: number): boolean {
  return id >= REALTIME && id <= THREAD_CPUTIME;
}
