import type { PoolDemand } from '@cofferdam/protocol';
import type { RunnerClaim } from './registry.ts';
import type { Runner } from './runner.ts';

/** The runners that have joined. */
export class Roster {
  readonly #runners = new Set<Runner>();

  add(runner: Runner): void {
    this.#runners.add(runner);
  }

  delete(runner: Runner): boolean {
    return this.#runners.delete(runner);
  }

  [Symbol.iterator](): IterableIterator<Runner> {
    return this.#runners.values();
  }

  byId(runnerId: string): Runner | undefined {
    for (const runner of this.#runners) {
      if (runner.identity.runnerId === runnerId) return runner;
    }
    return undefined;
  }

  pools(): Set<string> {
    return new Set([...this.#runners].map(({ pool }) => pool));
  }

  /** The owner's runner with the fewest calls, of those that are not to be avoided. */
  serving(claim: RunnerClaim, avoid?: ReadonlySet<string>): Runner | undefined {
    let best: Runner | undefined;
    for (const runner of this.#runners) {
      if (avoid?.has(runner.identity.runnerId)) continue;
      if (runner.active < (best?.active ?? Infinity) && runner.serves(claim)) best = runner;
    }
    return best;
  }

  free(claim: RunnerClaim): Runner | undefined {
    for (const runner of this.#runners) if (runner.isFree(claim)) return runner;
    return undefined;
  }

  counts(pool: string): Pick<PoolDemand, 'joined' | 'unbound'> {
    const members = [...this.#runners].filter((runner) => runner.pool === pool && !runner.retiring);
    const unbound = members.filter(({ owner }) => owner === undefined).length;
    return { joined: members.length, unbound };
  }

  /** Longest idle first; those that are being looked at or given an owner are not idle yet. */
  idle(pool: string): Runner[] {
    return [...this.#runners]
      .filter((runner) => runner.pool === pool && runner.isIdle)
      .sort((a, b) => a.idleSince - b.idleSince);
  }
}
