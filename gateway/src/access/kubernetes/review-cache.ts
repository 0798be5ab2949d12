import { LRUCache } from 'lru-cache';

export interface ReviewCacheOptions<T> {
  /** Answers kept at once; the longest unused go first. */
  max: number;
  /** Milliseconds, from when the question was put, that an answer may be used; 0 keeps it not at all. */
  keepMs: (answer: T) => number;
  /** Milliseconds since any fixed moment. Default: the process's own monotonic clock. */
  now?: () => number;
}

/**
 * Answers of the API server for a short time. Who puts a question that is under way waits for its
 * answer; a question that could not be answered is put again by the next who asks.
 */
export class ReviewCache<T extends object> {
  readonly #kept: LRUCache<string, T>;
  readonly #asked = new Map<string, Promise<T>>();
  readonly #options: Required<ReviewCacheOptions<T>>;

  constructor(options: ReviewCacheOptions<T>) {
    const now = options.now ?? (() => performance.now());
    this.#options = { ...options, now };
    // Without a resolution of its own the cache reads the clock for every look.
    this.#kept = new LRUCache({ max: options.max, perf: { now }, ttl: 1, ttlResolution: 0 });
  }

  async get(key: string, ask: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(key);
    if (kept) return kept;
    const asked = this.#asked.get(key) ?? this.#ask(key, ask);
    return asked;
  }

  #ask(key: string, ask: () => Promise<T>): Promise<T> {
    const start = this.#options.now();
    const asked = ask()
      .then((answer) => {
        const ttl = this.#options.keepMs(answer);
        if (ttl > 0) this.#kept.set(key, answer, { ttl, start });
        return answer;
      })
      .finally(() => this.#asked.delete(key));
    this.#asked.set(key, asked);
    return asked;
  }
}
