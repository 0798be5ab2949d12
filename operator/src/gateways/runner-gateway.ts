import type { ExpectedRunner, PoolDemand, RunnerOwner, RunnerReport } from '@cofferdam/protocol';

/** What a pool's controller asks of the gateways, of all of them at once. */
export interface RunnerGateways {
  /** Announces a runner (again) that may dial; gateways that come later are told as well. */
  expect(runner: ExpectedRunner): void;
  /** The runner is gone: its token is worth nothing any more, and runs on it have failed. */
  forget(runnerId: string): void;
  /** The runner is to be given no more runs and let go when it is idle: `onDiscard` follows. */
  retire(runnerId: string, reason: string): void;
  /** What all gateways together have and miss of a pool. */
  demandOf(pool: string): PoolDemand;
}

/** What gateways tell a pool's controller. */
export interface RunnerEvents {
  /** The demand of the pool is other than before. */
  onDemand(pool: string): void;
  /** What a runner was found to be; repeated after a reconnection. */
  onReport(report: RunnerReport): void;
  /** A gateway has ended with the runner: its pod is to go. */
  onDiscard(runnerId: string, reason: string): void;
  /**
   * Writes down whose the runner is. Rejects with `FORBIDDEN` when it is somebody else's or gone, and
   * with `UNAVAILABLE` when it could not be written just now.
   */
  bind(runnerId: string, owner: RunnerOwner): Promise<void>;
}
