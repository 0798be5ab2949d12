import {
  CofferdamError,
  type Channel,
  type ExpectedRunner,
  type Layer,
  type RunnerOwner,
} from '@cofferdam/protocol';
import type { Service } from './expected-runners.ts';
import type { RegisteredRunner, RunnerClaim, RunnerRole } from './registry.ts';

/** Binding is one message to an idle process; one that takes longer is broken. */
const BIND_MS = 10_000;

export interface RunnerIdentity {
  runnerId: string;
  /** A browser pod is given no runs, and a runner no browser sessions. */
  role: RunnerRole;
  channel: Channel;
  layers: readonly Layer[];
  versions: Readonly<Record<string, string>>;
  joinedAt: number;
}

/** One runner that has joined. It belongs to no one until it is bound, then to one owner for ever. */
export class Runner {
  readonly identity: RunnerIdentity;
  readonly expected: ExpectedRunner;
  owner: RunnerOwner | undefined;
  active = 0;
  /** Calls that it was given, those under way included. */
  calls = 0;
  /** When it joined first; milliseconds since the epoch. */
  since: number;
  idleSince: number;
  /** Whether it may be given calls: it was looked at and works. */
  ready = false;
  /** Why it is given no more calls and let go when it is idle. */
  retiring: string | undefined;
  dropped = false;
  gone = false;
  /** Settles when the runner has taken its owner. */
  #bound: Promise<unknown> | undefined;
  #isBound = false;

  constructor(identity: RunnerIdentity, expected: ExpectedRunner) {
    this.identity = identity;
    this.expected = expected;
    this.idleSince = identity.joinedAt;
    this.since = identity.joinedAt;
  }

  get pool(): string {
    return this.expected.pool;
  }

  /** Whether it may be given one more call for this claim. */
  serves(claim: RunnerClaim): boolean {
    const { tenant, scope } = claim;
    return (
      this.#isUsable(claim) &&
      this.owner !== undefined &&
      this.owner.tenant === tenant &&
      this.owner.scope === scope
    );
  }

  get isIdle(): boolean {
    return this.ready && this.active === 0 && this.binding === undefined;
  }

  isFree(claim: Pick<RunnerClaim, 'pool' | 'role'>): boolean {
    return this.#isUsable(claim) && this.owner === undefined;
  }

  /**
   * Gives the runner to an owner; a second one is refused, whatever happened to the first.
   * `write` is waited for before the runner is told: what it rejects with decides about the runner.
   */
  bind(owner: RunnerOwner, write?: () => Promise<void>): void {
    if (this.owner !== undefined) throw new CofferdamError('INTERNAL', 'the runner is bound');
    this.owner = owner;
    this.#bound = this.#take(owner, write).then(() => (this.#isBound = true));
    this.#bound.catch((error: unknown) => this.#onUnbound(CofferdamError.from(error)));
  }

  /** `undefined` when the runner may be used at once. */
  get binding(): Promise<unknown> | undefined {
    return this.#isBound ? undefined : this.#bound;
  }

  /** It has dialled again: it is no younger for that. */
  takeOver({ calls, since }: Service): void {
    this.calls = calls;
    this.since = since;
  }

  /** One that broke the protocol or is replaced is not waited for. */
  get mayDialAgain(): boolean {
    return this.expected.lasting === true && !this.dropped && !this.retiring;
  }

  drop(reason: string): void {
    if (this.gone) return;
    this.dropped = true;
    this.identity.channel.close(new CofferdamError('PROTOCOL_VIOLATION', reason));
  }

  describe(): RegisteredRunner {
    const { runnerId, role, joinedAt, layers, versions } = this.identity;
    const { pool, owner, active } = this;
    return {
      ...{ runnerId, role, pool, joinedAt, layers, versions, active },
      ...(owner === undefined ? {} : { tenant: owner.tenant }),
    };
  }

  #isUsable({ pool, role = 'runner' }: Pick<RunnerClaim, 'pool' | 'role'>): boolean {
    const isWanted = this.pool === pool && this.identity.role === role;
    return isWanted && this.ready && !this.retiring && !this.gone;
  }

  async #take({ tenant }: RunnerOwner, write?: () => Promise<void>): Promise<void> {
    await write?.();
    await this.identity.channel.call('bind', { tenant }, { deadlineMs: BIND_MS }).reply;
  }

  /** Nobody could write it down just now: the runner stays free. Anything else costs the runner. */
  #onUnbound(error: CofferdamError): void {
    if (error.code !== 'UNAVAILABLE' || this.gone) return this.drop(`bind failed: ${error}`);
    this.owner = undefined;
    this.#bound = undefined;
  }
}
