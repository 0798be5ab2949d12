import { CofferdamError } from '@cofferdam/protocol';

export interface AdmissionOptions {
  /** Runs at once. Default 50. */
  maxConcurrent?: number;
  /** Runs that may wait. Default 200. */
  maxQueue?: number;
}

export interface WaitOptions {
  /** Milliseconds to wait at most; then `EXPIRED`. */
  waitMs: number;
  /** Aborting ends the wait with `CANCELLED`. */
  signal?: AbortSignal | undefined;
}

interface Waiting {
  admit(): void;
  refuse(error: CofferdamError): void;
}

/** What a wait is estimated from before any run has ended. */
const FIRST_ESTIMATE_MS = 1_000;
/** The weight of the newest run in the moving average. */
const NEWEST_WEIGHT = 0.1;
const MAX_RETRY_SECONDS = 60;

/** What waits for a place beside runs: checking a source or a module. */
export const SIDE_CALLS = { maxConcurrent: 16, maxQueue: 500 } as const satisfies AdmissionOptions;

/**
 * Admits at most `maxConcurrent` runs. The others wait: first in first out within a tenant, and one
 * tenant after the other, so that a tenant with 199 waiting runs delays another one's by one run.
 */
export class Admission {
  readonly maxConcurrent: number;
  readonly maxQueue: number;
  /** Waiting runs by tenant, in the order in which tenants are served. */
  readonly #tenants = new Map<string, Set<Waiting>>();
  #active = 0;
  #queued = 0;
  #closed = false;
  #averageMs = FIRST_ESTIMATE_MS;
  #idle: (() => void)[] = [];

  constructor(options: AdmissionOptions = {}) {
    this.maxConcurrent = options.maxConcurrent ?? 50;
    this.maxQueue = options.maxQueue ?? 200;
  }

  get active(): number {
    return this.#active;
  }

  get queued(): number {
    return this.#queued;
  }

  /** Takes a place if one is free, without waiting; answers whether it did. */
  tryEnter(): boolean {
    this.#refuseIfClosed();
    if (this.#active >= this.maxConcurrent) return false;
    this.#active++;
    return true;
  }

  /** Waits for a place. Rejects with `QUEUE_FULL`, `CANCELLED`, `EXPIRED` or `SHUTTING_DOWN`. */
  async enter(tenant: string, options: WaitOptions): Promise<void> {
    if (this.tryEnter()) return;
    if (this.#queued >= this.maxQueue) this.#makeRoom(tenant);
    await this.#wait(tenant, options);
  }

  /** Does something in a place of its own. */
  async within<T>(tenant: string, options: WaitOptions, work: () => Promise<T>): Promise<T> {
    await this.enter(tenant, options);
    const since = performance.now();
    try {
      return await work();
    } finally {
      this.leave(performance.now() - since);
    }
  }

  /** Gives a place back; `durationMs` is how long the run had it. */
  leave(durationMs: number): void {
    this.#averageMs += (durationMs - this.#averageMs) * NEWEST_WEIGHT;
    this.#active--;
    const next = this.#next();
    if (next) {
      this.#active++;
      next.admit();
    } else if (this.#active === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** Refuses whoever waits and whoever comes; resolves when no run is under way. */
  close(): Promise<void> {
    this.#closed = true;
    for (let waiting = this.#next(); waiting; waiting = this.#next()) {
      waiting.refuse(new CofferdamError('SHUTTING_DOWN'));
    }
    if (this.#active === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw new CofferdamError('SHUTTING_DOWN');
  }

  #wait(tenant: string, { waitMs, signal }: WaitOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const refuse = (error: CofferdamError) => {
      release();
      reject(error);
    };
    const waiting: Waiting = { admit: () => (release(), resolve()), refuse };
    const onAbort = () => this.#giveUp(tenant, waiting, new CofferdamError('CANCELLED'));
    const onLate = () => this.#giveUp(tenant, waiting, new CofferdamError('EXPIRED'));
    const timer = setTimeout(onLate, Math.max(0, waitMs));
    const release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#queue(tenant).add(waiting);
    this.#queued++;
    if (signal?.aborted) onAbort();
    return promise;
  }

  /** One tenant's flood does not keep others out: the newest of the longest queue gives way. */
  #makeRoom(tenant: string): void {
    const full = new CofferdamError('QUEUE_FULL', undefined, {
      details: { retryAfterSeconds: this.#retryAfterSeconds() },
    });
    const own = this.#tenants.get(tenant)?.size ?? 0;
    const [longest, queue] = [...this.#tenants].reduce(
      (most, next) => (next[1].size > most[1].size ? next : most),
      [tenant, new Set<Waiting>()],
    );
    const newest = [...queue].at(-1);
    if (!newest || queue.size <= own + 1) throw full;
    this.#giveUp(longest, newest, full);
  }

  #queue(tenant: string): Set<Waiting> {
    let queue = this.#tenants.get(tenant);
    if (!queue) this.#tenants.set(tenant, (queue = new Set()));
    return queue;
  }

  #giveUp(tenant: string, waiting: Waiting, error: CofferdamError): void {
    const queue = this.#tenants.get(tenant);
    if (!queue?.delete(waiting)) return;
    this.#queued--;
    if (queue.size === 0) this.#tenants.delete(tenant);
    waiting.refuse(error);
  }

  /** The oldest of the tenant whose turn it is, which then goes to the end of the line. */
  #next(): Waiting | undefined {
    for (const [tenant, queue] of this.#tenants) {
      const [waiting] = queue;
      this.#tenants.delete(tenant);
      if (!waiting) continue;
      queue.delete(waiting);
      this.#queued--;
      if (queue.size > 0) this.#tenants.set(tenant, queue);
      return waiting;
    }
    return undefined;
  }

  #retryAfterSeconds(): number {
    const rounds = (this.#queued + 1) / this.maxConcurrent;
    return Math.min(MAX_RETRY_SECONDS, Math.max(1, Math.ceil((rounds * this.#averageMs) / 1000)));
  }
}
