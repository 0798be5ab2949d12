import { RestartDelay } from '../../drivers/restart-delay.ts';
import type { Trouble } from './pod-trouble.ts';

/** What is remembered of a pool from one look to the next, and what no API server keeps. */
export class PoolMemory {
  readonly #delay = new RestartDelay();
  /** No pod is made before, in milliseconds since the epoch. */
  createAt = 0;
  /** Why no pod could be made, or why the last one ended. */
  failure: Trouble | undefined;
  /** Since when there are more free pods than wanted. */
  surplusSince: number | undefined;
  /** When gateways were told to give these pods no more runs. */
  readonly retiring = new Map<string, number>();

  failed(now: number, trouble: Trouble, livedMs = 0): void {
    this.#delay.died(now, livedMs);
    const waitMs = this.#delay.at(now);
    if (waitMs === 0) return;
    this.createAt = now + waitMs;
    this.failure = trouble;
  }

  /** What a decision found. */
  note({ surplus, recovered }: { surplus: boolean; recovered: boolean }, now: number): void {
    this.surplusSince = surplus ? (this.surplusSince ?? now) : undefined;
    if (recovered) this.failure = undefined;
  }
}

/** What is remembered of every pool. */
export class PoolMemories {
  readonly #memories = new Map<string, PoolMemory>();

  of(pool: string): PoolMemory {
    const known = this.#memories.get(pool) ?? new PoolMemory();
    this.#memories.set(pool, known);
    return known;
  }

  forget(pool: string): void {
    this.#memories.delete(pool);
  }
}
