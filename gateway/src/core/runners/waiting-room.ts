import { CofferdamError } from '@cofferdam/protocol';
import type { AcquireOptions, RunnerClaim } from './registry.ts';

interface Waiter {
  pool: string;
  owner: string;
  wake: () => void;
}

/** Those who wait for a runner, in the order in which they came. */
export class WaitingRoom {
  readonly #waiters = new Set<Waiter>();

  get isEmpty(): boolean {
    return this.#waiters.size === 0;
  }

  /** Owners of the pool for whom somebody waits. */
  owners(pool: string): number {
    const waiting = [...this.#waiters].filter((waiter) => waiter.pool === pool);
    return new Set(waiting.map((waiter) => waiter.owner)).size;
  }

  pools(): Set<string> {
    return new Set([...this.#waiters].map(({ pool }) => pool));
  }

  /** Wakes everyone: whoever finds nothing waits again. */
  wake(): void {
    for (const waiter of this.#waiters) waiter.wake();
  }

  /**
   * Waits for a change; throws `UNAVAILABLE` when it is too late and `CANCELLED` on abort.
   * `onChange` is told when the wait has begun, and when it is over.
   */
  async wait(
    { pool, tenant, scope = '' }: RunnerClaim,
    { deadlineMs, signal }: AcquireOptions,
    onChange: () => void,
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { pool, owner: `${tenant}/${scope}`, wake: resolve };
    const onLate = () => reject(new CofferdamError('UNAVAILABLE', 'no runner came in time'));
    const onAbort = () => reject(new CofferdamError('CANCELLED'));
    const timer = setTimeout(onLate, Math.max(0, deadlineMs));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#waiters.add(waiter);
    onChange();
    try {
      if (signal?.aborted) onAbort();
      await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      this.#waiters.delete(waiter);
    }
  }
}
