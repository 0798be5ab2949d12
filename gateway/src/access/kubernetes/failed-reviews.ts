import { CofferdamError } from '@cofferdam/protocol';
import { LRUCache } from 'lru-cache';

const WINDOW_MS = 60_000;
/** A person who mistypes, or a client with an old token that tries once a few seconds. */
const PER_ADDRESS = 30;
/** From all addresses together: 10 a second are no load for an API server. */
const IN_ALL = 600;
/** Addresses that are counted at once. */
const MAX_ADDRESSES = 10_000;
const ALL = '*';

/** Counts tokens that the API server did not know, so that guessing does not become its load. */
export class FailedReviews {
  readonly #counts: LRUCache<string, { failed: number }>;

  constructor(now: () => number = () => performance.now()) {
    this.#counts = new LRUCache({
      max: MAX_ADDRESSES,
      ttl: WINDOW_MS,
      ttlResolution: 0,
      perf: { now },
    });
  }

  /** Throws `RATE_LIMITED` where so many failed within a minute that no other is reviewed. */
  refuseTooMany(address: string): void {
    const full = [address, ALL].filter(
      (key) => this.#of(key) >= (key === ALL ? IN_ALL : PER_ADDRESS),
    );
    if (full.length === 0) return;
    const ms = Math.max(...full.map((key) => this.#counts.getRemainingTTL(key)));
    throw new CofferdamError('RATE_LIMITED', 'Too many unknown tokens were sent from here.', {
      details: { retryAfterSeconds: Math.max(1, Math.ceil(ms / 1_000)) },
    });
  }

  add(address: string): void {
    for (const key of [address, ALL]) {
      const count = this.#counts.get(key);
      if (count) count.failed++;
      else this.#counts.set(key, { failed: 1 });
    }
  }

  #of(key: string): number {
    return this.#counts.get(key)?.failed ?? 0;
  }
}
