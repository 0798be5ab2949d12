import type { RunnerSource } from './registry.ts';

export interface SupplyState {
  /** Runners that have joined, bound or not. */
  joined: number;
  unbound: number;
  /** Announced with a token and not joined yet. */
  announced: number;
  /** Tenants that wait for a runner. */
  waiting: number;
}

export interface SupplyBounds {
  min: number;
  max: number;
  /** After so long a request that led to nothing is forgotten. */
  joinTimeoutMs: number;
}

/** Decides when one more runner is asked for, so that nobody waits in vain and nothing piles up. */
export class Supply {
  #source: RunnerSource | undefined;
  /** When runners were asked for that were not announced yet. */
  #asked: number[] = [];
  readonly #bounds: SupplyBounds;
  readonly #now: () => number;

  constructor(bounds: SupplyBounds, now: () => number) {
    this.#bounds = bounds;
    this.#now = now;
  }

  attach(source: RunnerSource): void {
    this.#source = source;
  }

  get asked(): number {
    const oldest = this.#now() - this.#bounds.joinTimeoutMs;
    this.#asked = this.#asked.filter((time) => time > oldest);
    return this.#asked.length;
  }

  /** A runner was announced, asked for or not. */
  announced(): void {
    this.#asked.shift();
  }

  discard(runnerId: string, reason: string): void {
    this.#source?.discard(runnerId, reason);
  }

  /** Asks for what is missing; answers how many waiting tenants the maximum leaves without. */
  balance(state: SupplyState): number {
    const coming = state.announced + this.asked;
    const wanted = Math.max(
      state.waiting - state.unbound - coming,
      this.#bounds.min - state.joined - coming,
    );
    const room = Math.max(0, this.#bounds.max - state.joined - coming);
    for (let count = Math.min(wanted, room); count > 0; count--) this.#ask();
    return Math.max(0, wanted - room);
  }

  #ask(): void {
    if (!this.#source) return;
    this.#asked.push(this.#now());
    this.#source.request();
  }
}
