import { CofferdamError, type Channel, type Layer } from '@cofferdam/protocol';
import type { RegisteredRunner, RunnerLease } from './registry.ts';

/** Binding is one message to an idle process; one that takes longer is broken. */
const BIND_MS = 10_000;

export interface RunnerIdentity {
  runnerId: string;
  channel: Channel;
  layers: readonly Layer[];
  versions: Readonly<Record<string, string>>;
  joinedAt: number;
}

/** One runner that has joined. It belongs to no one until it is bound, then to one tenant for ever. */
export class Runner {
  readonly identity: RunnerIdentity;
  tenant: string | undefined;
  active = 0;
  idleSince: number;
  dropped = false;
  gone = false;
  /** Settles when the runner has taken its tenant. */
  #bound: Promise<unknown> | undefined;
  #isBound = false;

  constructor(identity: RunnerIdentity) {
    this.identity = identity;
    this.idleSince = identity.joinedAt;
  }

  /** Gives the runner to a tenant; a second tenant is refused, whatever happened to the first. */
  bind(tenant: string): void {
    if (this.tenant !== undefined) throw new CofferdamError('INTERNAL', 'the runner is bound');
    this.tenant = tenant;
    const reply = this.identity.channel.call('bind', { tenant }, { deadlineMs: BIND_MS }).reply;
    this.#bound = reply.then(() => (this.#isBound = true));
    this.#bound.catch((error: unknown) => this.drop(`bind failed: ${String(error)}`));
  }

  /** `undefined` when the runner may be used at once. */
  get binding(): Promise<unknown> | undefined {
    return this.#isBound ? undefined : this.#bound;
  }

  drop(reason: string): void {
    if (this.gone) return;
    this.dropped = true;
    this.identity.channel.close(new CofferdamError('PROTOCOL_VIOLATION', reason));
  }

  describe(): RegisteredRunner {
    const { runnerId, joinedAt, layers, versions } = this.identity;
    const { tenant, active } = this;
    return {
      runnerId,
      joinedAt,
      layers,
      versions,
      active,
      ...(tenant === undefined ? {} : { tenant }),
    };
  }
}

/** Holds a runner for one call; `onRelease` is told once. */
export class Lease implements RunnerLease {
  readonly tenant: string;
  readonly waitedMs: number;
  readonly #runner: Runner;
  readonly #onRelease: (runner: Runner) => void;
  #released = false;

  constructor(runner: Runner, waitedMs: number, onRelease: (runner: Runner) => void) {
    this.#runner = runner;
    this.tenant = runner.tenant!;
    this.waitedMs = waitedMs;
    this.#onRelease = onRelease;
    runner.active++;
  }

  get runnerId(): string {
    return this.#runner.identity.runnerId;
  }

  get channel(): Channel {
    return this.#runner.identity.channel;
  }

  get layers(): readonly Layer[] {
    return this.#runner.identity.layers;
  }

  get active(): number {
    return this.#runner.active;
  }

  get dropped(): boolean {
    return this.#runner.dropped;
  }

  drop(reason: string): void {
    this.#runner.drop(reason);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#runner.active--;
    this.#onRelease(this.#runner);
  }
}
