import type { BindingScope } from '../bindings/scope.ts';
import type { OpenContext } from '../host/open-runtime.ts';
import { endSession, openSession } from '../sessions/open-session.ts';
import { readDisposeNamespaceOptions, readSessionOptions } from '../sessions/options.ts';
import type { NamespacedRuntime } from '../sessions/types.ts';
import type { Opener } from './nested-hosts.ts';
import type { Quota, Slot } from './quota.ts';

export interface NestedSessionsOptions {
  scope: BindingScope;
  quota: Quota;
  opener: Opener;
}

/** A key of a guest's, until its session ends: it counts also while nobody has it. */
export interface NestedSession extends Slot {
  open(options: unknown, context: OpenContext): Promise<NamespacedRuntime>;
}

interface Kept {
  host: number;
  slot: Slot;
}

/** The sessions of one guest: they have keys of their own, and end with it. */
export class NestedSessions {
  readonly #options: NestedSessionsOptions;
  /** Those that there are, by their keys at the keeper. */
  readonly #kept = new Map<string, Kept>();

  constructor(options: NestedSessionsOptions) {
    this.#options = options;
  }

  /** Throws `QUOTA_EXCEEDED`. Disposing of what it answers says that there is no session any more. */
  enter(host: number, given: string): NestedSession {
    const { opener, quota } = this.#options;
    const key = this.#keyOf(host, given);
    const known = this.#kept.get(key);
    const kept = known ?? { host, slot: quota.take('runtime') };
    this.#kept.set(key, kept);
    let isHad = false;
    return {
      open: async (options, context) => {
        const { namespaces } = opener;
        const read = { ...readSessionOptions(options), isBound: true };
        const session = await openSession(key, read, { ...context, namespaces });
        isHad = true;
        return session;
      },
      // Where somebody else has it, or it is lost, its key is still in use.
      [Symbol.dispose]: () => void ((isHad || !known) && this.#forget(key)),
    };
  }

  async dispose(host: number, given: string, options: unknown): Promise<void> {
    const { reason } = readDisposeNamespaceOptions(options);
    await this.#end(this.#keyOf(host, given), reason);
  }

  /** Those of one nested host, or all. */
  async endAll(reason: string, host?: number): Promise<void> {
    const keys = [...this.#kept].filter(([, kept]) => host === undefined || kept.host === host);
    await Promise.allSettled(keys.map(([key]) => this.#end(key, reason.slice(0, 1_024))));
  }

  async #end(key: string, reason: string | undefined): Promise<void> {
    // Of a key that this guest has never used there is nothing to end.
    if (!this.#kept.has(key)) return;
    const { namespaces, context } = this.#options.opener;
    await endSession(key, reason, { ...context(), namespaces });
    this.#forget(key);
  }

  #forget(key: string): void {
    this.#kept.get(key)?.slot[Symbol.dispose]();
    this.#kept.delete(key);
  }

  #keyOf(host: number, key: string): string {
    return `nested:${this.#options.scope.runtimeId}:${host}:${key}`;
  }
}
