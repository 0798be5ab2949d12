export interface SlotsOptions {
  /** Places in all. */
  total: number;
  /** Places that one namespace may have of them. */
  perNamespace: number;
}

interface Waiting {
  take: () => void;
  signal: AbortSignal;
}

/** So many at once, and of those that wait one from each namespace in turn. */
export class Slots {
  readonly #options: SlotsOptions;
  readonly #taken = new Map<string, number>();
  /** In the order of their turns. */
  readonly #waiting = new Map<string, Set<Waiting>>();
  #total = 0;

  constructor(options: SlotsOptions) {
    this.#options = options;
  }

  /** Calls back at once or when it is its turn; not after the signal. The place is kept until `leave`. */
  enter(namespace: string, take: () => void, signal: AbortSignal): void {
    const waiting = this.#waiting.get(namespace) ?? new Set();
    const one = { take, signal };
    this.#waiting.set(namespace, waiting.add(one));
    signal.addEventListener('abort', () => this.#drop(namespace, one), { once: true });
    this.#serve();
  }

  leave(namespace: string): void {
    this.#total -= 1;
    const left = (this.#taken.get(namespace) ?? 1) - 1;
    if (left === 0) this.#taken.delete(namespace);
    else this.#taken.set(namespace, left);
    this.#serve();
  }

  #serve(): void {
    while (this.#total < this.#options.total) {
      const next = this.#next();
      if (!next) return;
      next();
    }
  }

  #next(): (() => void) | undefined {
    const { perNamespace } = this.#options;
    for (const [namespace, waiting] of this.#waiting) {
      const taken = this.#taken.get(namespace) ?? 0;
      if (taken >= perNamespace) continue;
      const [one] = waiting as Iterable<Waiting>;
      if (!one) continue;
      this.#waiting.delete(namespace);
      waiting.delete(one);
      if (waiting.size > 0) this.#waiting.set(namespace, waiting);
      this.#taken.set(namespace, taken + 1);
      this.#total += 1;
      return one.take;
    }
    return undefined;
  }

  #drop(namespace: string, one: Waiting): void {
    const waiting = this.#waiting.get(namespace);
    if (waiting?.delete(one) && waiting.size === 0) this.#waiting.delete(namespace);
  }
}
