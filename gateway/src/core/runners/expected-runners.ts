import { hash } from 'node:crypto';
import type { ExpectedRunner, RunnerOwner } from '@cofferdam/protocol';

/** What a runner has behind it; dialling again does not make it younger. */
export interface Service {
  calls: number;
  since: number;
}

interface Expected {
  runner: ExpectedRunner;
  /** Milliseconds; `Infinity` for a runner that may dial as long as it is not forgotten. */
  expiresAt: number;
  joined: boolean;
  /** When its last connection ended. */
  leftAt?: number;
  service?: Service;
}

/**
 * Which runners may dial. Only the SHA-256 of a token is known here; a token is good once and for a
 * bounded time, unless its runner is a lasting one. A look-up by the hash of a random token leaks
 * nothing through its timing.
 */
export class ExpectedRunners {
  readonly #byHash = new Map<string, Expected>();
  readonly #lifetimeMs: number;
  readonly #now: () => number;

  constructor(lifetimeMs: number, now: () => number) {
    this.#lifetimeMs = lifetimeMs;
    this.#now = now;
  }

  /** Announced and not joined. */
  missing(pool?: string): number {
    this.#expire();
    let count = 0;
    for (const { runner, joined } of this.#byHash.values()) {
      if (!joined && (pool === undefined || runner.pool === pool)) count++;
    }
    return count;
  }

  add(runner: ExpectedRunner): void {
    const earlier = this.#find(runner.runnerId);
    this.forget(runner.runnerId);
    const expiresAt = runner.lasting ? Infinity : this.#now() + this.#lifetimeMs;
    const known = earlier?.runner.owner ? { owner: earlier.runner.owner, ...runner } : runner;
    this.#byHash.set(runner.tokenSha256, { joined: false, ...earlier, runner: known, expiresAt });
  }

  /** The runner is this owner's for ever, also when it dials again. */
  own(runnerId: string, owner: RunnerOwner): void {
    const expected = this.#find(runnerId);
    if (expected) expected.runner = { ...expected.runner, owner };
  }

  /** The runner that the token was announced for; `undefined` when it was not, or was used. */
  take(token: string): ExpectedRunner | undefined {
    this.#expire();
    const key = hash('sha256', token);
    const expected = this.#byHash.get(key);
    if (!expected) return undefined;
    if (!expected.runner.lasting) this.#byHash.delete(key);
    expected.joined = true;
    delete expected.leftAt;
    return expected.runner;
  }

  /** A lasting runner's connection ended: it may come again. */
  left(runnerId: string, service: Service): void {
    const expected = this.#find(runnerId);
    if (!expected) return;
    expected.joined = false;
    expected.service = { calls: service.calls, since: service.since };
    expected.leftAt = this.#now();
  }

  serviceOf(runnerId: string): Service | undefined {
    return this.#find(runnerId)?.service;
  }

  /** Runners that had joined, left, and did not come back within so many milliseconds. */
  missed(withinMs: number): string[] {
    const latest = this.#now() - withinMs;
    return [...this.#byHash.values()]
      .filter(({ leftAt = Infinity }) => leftAt <= latest)
      .map(({ runner }) => runner.runnerId);
  }

  forget(runnerId: string): boolean {
    const expected = this.#find(runnerId);
    return expected !== undefined && this.#byHash.delete(expected.runner.tokenSha256);
  }

  #find(runnerId: string): Expected | undefined {
    for (const expected of this.#byHash.values()) {
      if (expected.runner.runnerId === runnerId) return expected;
    }
    return undefined;
  }

  #expire(): void {
    const now = this.#now();
    for (const [key, { expiresAt }] of this.#byHash) {
      if (expiresAt <= now) this.#byHash.delete(key);
    }
  }
}
