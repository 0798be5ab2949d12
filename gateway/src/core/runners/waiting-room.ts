import { CofferdamError } from '@cofferdam/protocol';
import type { AcquireOptions } from './registry.ts';

interface Waiter {
  tenant: string;
  wake: () => void;
}

/** Those who wait for a runner, in the order in which they came. */
export class WaitingRoom {
  readonly #waiters = new Set<Waiter>();

  /** Tenants for whom somebody waits. */
  get tenants(): number {
    return new Set([...this.#waiters].map((waiter) => waiter.tenant)).size;
  }

  /** Wakes everyone: whoever finds nothing waits again. */
  wake(): void {
    for (const waiter of this.#waiters) waiter.wake();
  }

  /** Waits for a change; throws `UNAVAILABLE` when it is too late and `CANCELLED` on abort. */
  async wait(tenant: string, { deadlineMs, signal }: AcquireOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { tenant, wake: resolve };
    const onLate = () => reject(new CofferdamError('UNAVAILABLE', 'no runner came in time'));
    const onAbort = () => reject(new CofferdamError('CANCELLED'));
    const timer = setTimeout(onLate, Math.max(0, deadlineMs));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#waiters.add(waiter);
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
