import { hash, randomUUID } from 'node:crypto';

interface Expected {
  runnerId: string;
  expiresAt: number;
}

/**
 * Which runners are about to dial. Only the SHA-256 of a token is kept; a token is good once and for
 * a bounded time. A look-up by the hash of a random token leaks nothing through its timing.
 */
export class JoinTokens {
  readonly #byHash = new Map<string, Expected>();
  readonly #lifetimeMs: number;
  readonly #now: () => number;

  constructor(lifetimeMs: number, now: () => number) {
    this.#lifetimeMs = lifetimeMs;
    this.#now = now;
  }

  get size(): number {
    this.#expire();
    return this.#byHash.size;
  }

  add(token: string): string {
    const runnerId = `runner-${randomUUID().slice(0, 13)}`;
    this.#byHash.set(hash('sha256', token), {
      runnerId,
      expiresAt: this.#now() + this.#lifetimeMs,
    });
    return runnerId;
  }

  /** The runner that the token was announced for; `undefined` when it was not, or was used. */
  take(token: string): string | undefined {
    this.#expire();
    const key = hash('sha256', token);
    const expected = this.#byHash.get(key);
    this.#byHash.delete(key);
    return expected?.runnerId;
  }

  forget(runnerId: string): boolean {
    for (const [key, expected] of this.#byHash) {
      if (expected.runnerId === runnerId) return this.#byHash.delete(key);
    }
    return false;
  }

  #expire(): void {
    const now = this.#now();
    for (const [key, { expiresAt }] of this.#byHash) {
      if (expiresAt <= now) this.#byHash.delete(key);
    }
  }
}
