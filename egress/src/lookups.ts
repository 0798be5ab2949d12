import { abortable } from '@cofferdam/protocol';
import type { Resolver } from './resolve.ts';
import { Slots } from './slots.ts';

/**
 * Names of one tenant that are looked up at once. A look-up cannot be called off: one that is given up still
 * holds its thread, and its place here, until the system answers. Of 256 threads libuv lets 128 look names up.
 */
const PER_TENANT = 16;

/** What an error of `failure.ts` says of a name whose look-up took too long. */
export const LOOKUP_TIMEOUT = 'LOOKUP_TIMEOUT';

/** Looks names up for many tenants, so that slow names of one are nobody else's wait. */
export class Lookups {
  readonly #resolver: Resolver;
  readonly #timeoutMs: number;
  readonly #tenants = new Map<string, Slots>();

  /** A look-up, and the wait for its turn, take `timeoutMs` at most. */
  constructor(resolver: Resolver, timeoutMs: number) {
    this.#resolver = resolver;
    this.#timeoutMs = timeoutMs;
  }

  /** A tenant's resolver. Rejects with the code `LOOKUP_TIMEOUT`, or `EGRESS_BUDGET` when too many wait. */
  of(tenant: string): Resolver {
    return (name, signal) => this.#lookUp(tenant, name, signal);
  }

  async #lookUp(tenant: string, name: string, signal: AbortSignal): Promise<readonly string[]> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(timedOut()), this.#timeoutMs);
    const either = AbortSignal.any([signal, late.signal]);
    try {
      const release = await this.#slotsOf(tenant).acquire(either);
      const found = this.#resolver(name, either);
      const over = () => this.#leave(tenant, release);
      found.then(over, over);
      return await abortable(found, either);
    } finally {
      clearTimeout(timer);
    }
  }

  #slotsOf(tenant: string): Slots {
    const known = this.#tenants.get(tenant);
    if (known) return known;
    const slots = new Slots(PER_TENANT, 'look-ups of names');
    this.#tenants.set(tenant, slots);
    return slots;
  }

  #leave(tenant: string, release: () => void): void {
    release();
    if (this.#tenants.get(tenant)?.isIdle) this.#tenants.delete(tenant);
  }
}

function timedOut(): Error {
  return Object.assign(new Error('the look-up took too long'), { code: LOOKUP_TIMEOUT });
}
