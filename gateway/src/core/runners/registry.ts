import type {
  Channel,
  ExpectedRunner,
  Layer,
  PoolDemand,
  RunnerOwner,
  RunnerReport,
} from '@cofferdam/protocol';

/** What a pod or process is for: runs and runtimes, or browser sessions. */
export type RunnerRole = 'runner' | 'browser';

/** For whom a runner is wanted. */
export interface RunnerClaim extends RunnerOwner {
  pool: string;
  /** Default `runner`. */
  role?: RunnerRole;
  /** The runner serves this one call and is let go after it. */
  once?: boolean;
}

/** Who starts and ends runners: a driver of the operator room. */
export interface RunnerSource {
  /** Told of every change in what a pool has and misses. A runner is announced with `expect`, then started. */
  demand(demand: PoolDemand): void;
  /** The runner's connection ended, or the gateway ended it: end its process, whatever it does. */
  discard(runnerId: string, reason: string): void;
  /**
   * Writes down for whom the runner is from now on, before it runs anything. Rejecting keeps the runner
   * from being used: with `UNAVAILABLE` for now, with anything else for ever.
   */
  bind?(runnerId: string, owner: RunnerOwner): Promise<void>;
  /** Told what a runner was found to be, each time it was looked at. */
  report?(report: RunnerReport): void;
}

/** A runner of one owner, held for one call. */
export interface RunnerLease {
  readonly runnerId: string;
  readonly tenant: string;
  readonly channel: Channel;
  /** What protects runs here, as the runner said before any guest code ran in it. */
  readonly layers: readonly Layer[];
  /** Milliseconds spent waiting for a runner to start or to be bound. */
  readonly waitedMs: number;
  /** Calls under way in the runner, this one included. */
  readonly active: number;
  /** The runner is to go when its calls have ended: what lasts should find another one. */
  readonly retiring: boolean;
  /** Whether the gateway ended the runner for what it did. */
  readonly dropped: boolean;
  /** Ends the runner for breaking the protocol. */
  drop(reason: string): void;
  release(): void;
}

export interface AcquireOptions {
  /** How long to wait, in milliseconds. */
  deadlineMs: number;
  signal?: AbortSignal | undefined;
  /** Runners that are taken only where there is no other one and the pool makes none. */
  avoid?: ReadonlySet<string>;
}

export interface RegisteredRunner {
  runnerId: string;
  role: RunnerRole;
  pool: string;
  /** Absent while the runner belongs to no one. */
  tenant?: string;
  /** Calls under way. */
  active: number;
  /** Milliseconds since the epoch. */
  joinedAt: number;
  layers: readonly Layer[];
  versions: Readonly<Record<string, string>>;
}

export interface RunnerRegistry {
  /** Says who starts runners; the registry then tells what is there and what is missing. */
  attach(source: RunnerSource): void;
  /** Announces a runner that is about to dial; announcing it again replaces what was said. */
  expect(runner: ExpectedRunner): void;
  /** The runner of this id is no more or will not come: its token is worth nothing any more, and calls to it have failed. */
  forget(runnerId: string): void;
  /** Gives the runner no more calls, and lets it go when those under way have ended. */
  retire(runnerId: string, reason: string): void;
  /** A runner for this claim; throws `UNAVAILABLE` when none comes in time, `CANCELLED` on abort. */
  acquire(claim: RunnerClaim, options: AcquireOptions): Promise<RunnerLease>;
  list(): RegisteredRunner[];
  /** Calls a runner, bound or not, that need not run anything for it; the answer is the runner's word. */
  ask(runnerId: string, method: string, deadlineMs: number): Promise<unknown>;
  /** Runners that were announced and have not joined yet. */
  readonly expected: number;
  /** Tells the source again what is there and what is missing. */
  announceDemand(): void;
  /** Others are told that this gateway goes: until {@link drain} whoever still comes needs its runners, so that none is retired. */
  leave(): void;
  /** Takes no more runners, and lets those that may dial again go as soon as nobody here needs them. */
  drain(): void;
  /** Ends every connection and the sockets. */
  close(): Promise<void>;
}
