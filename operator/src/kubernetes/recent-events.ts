export interface RecentEvent {
  identity: string;
  namespace: string;
  name: string;
  count: number;
  /** Milliseconds since the epoch. */
  firstAt: number;
  lastAt: number;
  writtenAt: number;
}

export interface Candidate {
  /** Events of the same identity are one series. */
  identity: string;
  /** The object that the limit is for. */
  about: string;
  namespace: string;
  name: string;
}

/** A series that was silent for so long is over (as in client-go). */
const SERIES_MS = 6 * 60_000;

/** A series is written again after so long at the earliest. */
const REWRITE_MS = 60_000;

/** For each object: so many at once, and one more every 30 s. */
const BURST = 10;
const REFILL_MS = 30_000;

/** Objects and events remembered; the oldest are forgotten first. */
const MAX_ENTRIES = 2048;

/** Decides whether an event is a new one, one more of a series, or one too many. */
export class RecentEvents {
  readonly #events = new Map<string, RecentEvent>();
  readonly #allowance = new Map<string, { tokens: number; at: number }>();

  admit({ identity, about, namespace, name }: Candidate, now: number): RecentEvent | 'drop' {
    const known = this.#events.get(identity);
    if (known && now - known.lastAt < SERIES_MS) {
      known.count += 1;
      known.lastAt = now;
      remember(this.#events, identity, known);
      if (now - known.writtenAt < REWRITE_MS || !this.#allowed(about, now)) return 'drop';
      known.writtenAt = now;
      return { ...known };
    }
    if (!this.#allowed(about, now)) return 'drop';
    const event = {
      identity,
      namespace,
      name,
      count: 1,
      firstAt: now,
      lastAt: now,
      writtenAt: now,
    };
    remember(this.#events, identity, event);
    return { ...event };
  }

  /** The event does not exist at the API server. */
  forget({ identity, name }: RecentEvent): void {
    if (this.#events.get(identity)?.name === name) this.#events.delete(identity);
  }

  #allowed(about: string, now: number): boolean {
    const last = this.#allowance.get(about) ?? { tokens: BURST, at: now };
    const tokens = Math.min(BURST, last.tokens + Math.max(0, now - last.at) / REFILL_MS);
    const allowed = tokens >= 1;
    remember(this.#allowance, about, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed;
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_ENTRIES) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
