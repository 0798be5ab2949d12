import type { Channel, Layer } from '@cofferdam/protocol';

/** Who starts and ends runners: a driver of the operator room. */
export interface RunnerSource {
  /** Asks for one more runner. The driver announces its token with `registry.expect`, then starts it. */
  request(): void;
  /** The runner's connection ended, or the gateway ended it: end its process, whatever it does. */
  discard(runnerId: string, reason: string): void;
}

/** A runner of one tenant, held for one call. */
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
}

export interface RegisteredRunner {
  runnerId: string;
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
  /** Says who starts runners; the registry then asks for as many as are always kept. */
  attach(source: RunnerSource): void;
  /** Announces a runner that is about to dial with this token; answers its id. Only a hash is kept. */
  expect(token: string): string;
  /** The runner of this id will not come (its process ended): its token is worth nothing any more. */
  forget(runnerId: string): void;
  /** A runner of this tenant; throws `UNAVAILABLE` when none comes in time, `CANCELLED` on abort. */
  acquire(tenant: string, options: AcquireOptions): Promise<RunnerLease>;
  list(): RegisteredRunner[];
  /** Calls a runner, bound or not, that need not run anything for it; the answer is the runner's word. */
  ask(runnerId: string, method: string, deadlineMs: number): Promise<unknown>;
  /** Runners that were asked for or announced and have not joined yet. */
  readonly expected: number;
  /** Ends every connection and the socket. */
  close(): Promise<void>;
}
