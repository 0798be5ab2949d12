import { CofferdamError } from '@cofferdam/protocol';
import type { Policy } from './policy.ts';

export type ResourceStyle = 'runtime' | 'server';

/** Given back when it is disposed of, once or more often. */
export type Slot = Disposable;

const WORDS = { runtime: 'runtimes', server: 'app servers' } as const;

/** What one guest and its descendants have: counted here, and by each of its ancestors. */
export class Quota {
  readonly #policy: Policy;
  readonly #parent: Quota | undefined;
  readonly #taken: Record<ResourceStyle, number> = { runtime: 0, server: 0 };

  constructor(policy: Policy, parent?: Quota) {
    this.#policy = policy;
    this.#parent = parent;
  }

  /** Throws `QUOTA_EXCEEDED`, and takes nothing then. */
  take(style: ResourceStyle): Slot {
    const line = this.#line();
    for (const quota of line) quota.#check(style);
    for (const quota of line) quota.#taken[style]++;
    let isTaken = true;
    return {
      [Symbol.dispose]: () => {
        if (isTaken) for (const quota of line) quota.#taken[style]--;
        isTaken = false;
      },
    };
  }

  #line(): Quota[] {
    return this.#parent ? [this, ...this.#parent.#line()] : [this];
  }

  #check(style: ResourceStyle): void {
    const { runtime, server } = this.#taken;
    const { maxTotalResources, maxRuntimes, maxAppServers } = this.#policy;
    const most = style === 'runtime' ? maxRuntimes : maxAppServers;
    if (runtime + server >= maxTotalResources) throw exceeded(maxTotalResources, 'resources');
    if (this.#taken[style] >= most) throw exceeded(most, WORDS[style]);
  }
}

function exceeded(most: number, what: string): CofferdamError {
  const message = `nested hosts have ${most} ${what} already, and may have no more`;
  return new CofferdamError('QUOTA_EXCEEDED', message);
}
