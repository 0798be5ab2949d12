import {
  KubernetesError,
  leases,
  type CallOptions,
  type KubernetesClient,
  type Lease,
} from '@cofferdam/kubernetes';
import { microTime } from './micro-time.ts';

export interface LeaseRecordOptions {
  client: KubernetesClient;
  key: { namespace: string; name: string };
  identity: string;
  leaseDurationMs: number;
  /** Milliseconds since the epoch. */
  now: () => number;
  monotonic: () => number;
}

export interface HeldLease {
  epoch: number;
  resourceVersion: string;
}

/** The Lease as it was last, and since when on our own clock. */
interface SeenLease {
  resourceVersion: string;
  at: number;
  holder: string | undefined;
  durationMs: number;
  epoch: number;
}

/** Epochs count from seconds since 2020, in 32 bits until 2088: a Lease that was deleted does not start again from an old one. */
const EPOCH_ZERO = Date.UTC(2020, 0, 1);

/** What a candidate does with the Lease; every write is guarded by the resourceVersion that it saw. */
export class LeaseRecord {
  readonly #options: LeaseRecordOptions;
  #seen: SeenLease | undefined;

  constructor(options: LeaseRecordOptions) {
    this.#options = options;
  }

  /** Takes the lease if it is free or has expired; undefined if another one has it, or was faster. */
  async acquire(call: CallOptions): Promise<HeldLease | undefined> {
    const lease = await this.#read(call);
    if (!this.#isFree()) return undefined;
    const { client, key } = this.#options;
    const spec = this.#nextSpec();
    try {
      const written = lease
        ? await client.mergePatch(leases, { key, patch: { spec } }, { ...call, ...guard(lease) })
        : await client.create(leases, { metadata: key, spec }, call);
      return { epoch: spec.leaseTransitions, resourceVersion: this.#see(written) };
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 409) return undefined;
      throw error;
    }
  }

  /** Answers the new version, or that another one has the lease. Throws when it cannot be said. */
  async renew(
    resourceVersion: string,
    { epoch, ...call }: CallOptions & { epoch: number },
  ): Promise<string | 'lost'> {
    const { client, key, now } = this.#options;
    const patch = { spec: { renewTime: microTime(now()) } };
    try {
      const options = { ...call, resourceVersion };
      return this.#see(await client.mergePatch(leases, { key, patch }, options));
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      if (error.notFound) return 'lost';
      if (!error.conflict) throw error;
    }
    // Somebody has annotated it, or an earlier renewal took effect although its answer was lost.
    const lease = await this.#read(call);
    const mine = lease?.spec?.holderIdentity === this.#options.identity;
    if (!mine || lease.spec?.leaseTransitions !== epoch) return 'lost';
    const options = { ...call, ...guard(lease) };
    return this.#see(await client.mergePatch(leases, { key, patch }, options));
  }

  /** Lets go of it, if we have it. */
  async release(): Promise<void> {
    const { client, key, identity, now } = this.#options;
    const call = { deadlineMs: RELEASE_DEADLINE_MS };
    const lease = await this.#read(call);
    if (lease?.spec?.holderIdentity !== identity) return;
    const patch = { spec: { holderIdentity: null, renewTime: microTime(now()) } };
    await client.mergePatch(leases, { key, patch }, { ...call, ...guard(lease) });
  }

  async #read(call: CallOptions): Promise<Lease | undefined> {
    try {
      const lease = await this.#options.client.get(leases, this.#options.key, call);
      this.#see(lease);
      return lease;
    } catch (error) {
      if (error instanceof KubernetesError && error.notFound) return undefined;
      throw error;
    }
  }

  /** Answers the version. */
  #see(lease: Lease): string {
    const resourceVersion = versionOf(lease);
    if (this.#seen?.resourceVersion === resourceVersion) return resourceVersion;
    const { holderIdentity, leaseDurationSeconds = 0, leaseTransitions = 0 } = lease.spec ?? {};
    this.#seen = {
      resourceVersion,
      at: this.#options.monotonic(),
      holder: holderIdentity,
      durationMs: Math.max(leaseDurationSeconds * 1000, this.#options.leaseDurationMs),
      epoch: leaseTransitions,
    };
    return resourceVersion;
  }

  /**
   * By our own clock since we saw it change: the holder's clock may be wrong. A Lease that somebody
   * deleted counts as the last one seen, since its holder may not have noticed yet.
   */
  #isFree(): boolean {
    if (!this.#seen?.holder || this.#seen.holder === this.#options.identity) return true;
    return this.#options.monotonic() - this.#seen.at > this.#seen.durationMs;
  }

  #nextSpec() {
    const { identity, leaseDurationMs, now } = this.#options;
    const time = microTime(now());
    const last = this.#seen?.epoch ?? 0;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime: time,
      renewTime: time,
      leaseTransitions: Math.max(last + 1, Math.floor((now() - EPOCH_ZERO) / 1000)),
    };
  }
}

/** A process that ends has little time. */
const RELEASE_DEADLINE_MS = 3_000;

function versionOf(lease: Lease): string {
  return lease.metadata.resourceVersion ?? '';
}

function guard(lease: Lease): { resourceVersion: string } {
  return { resourceVersion: versionOf(lease) };
}
