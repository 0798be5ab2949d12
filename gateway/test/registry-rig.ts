import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  ExpectedRunner,
  PoolDemand,
  ResolvedPool,
  RunnerOwner,
  RunnerReport,
} from '@cofferdam/protocol';
import { vi } from 'vitest';
import { PoolDirectory } from '../src/core/pools.ts';
import { createRunnerRegistry, type RegistryOptions } from '../src/core/runners/dialled-runners.ts';
import type { RunnerClaim, RunnerLease, RunnerRegistry } from '../src/core/runners/registry.ts';
import {
  announce,
  dialAs,
  joinAs,
  POOL,
  tempDir,
  testPool,
  type Peer,
  type PeerScript,
} from './peer.ts';

/** What a registry said to whoever starts runners, and what that one answers to a bind. */
export class Source {
  readonly demands: PoolDemand[] = [];
  readonly discarded: string[] = [];
  readonly reports: RunnerReport[] = [];
  readonly bound: [string, RunnerOwner][] = [];
  onBind: (runnerId: string, owner: RunnerOwner) => Promise<void> = () => Promise.resolve();

  demand(demand: PoolDemand): void {
    this.demands.push(demand);
  }
  discard(runnerId: string, reason: string): void {
    this.discarded.push(`${runnerId}: ${reason}`);
  }
  report(report: RunnerReport): void {
    this.reports.push(report);
  }
  bind(runnerId: string, owner: RunnerOwner): Promise<void> {
    this.bound.push([runnerId, owner]);
    return this.onBind(runnerId, owner);
  }
  /** What is true of the pool now, without its name. */
  now(pool = POOL): Omit<PoolDemand, 'pool'> {
    const { pool: _, ...figures } = this.demands.findLast((demand) => demand.pool === pool)!;
    return figures;
  }
}

export interface RegistryRig {
  registry: RunnerRegistry;
  source: Source;
  socketPath: string;
  /** Moves the clock and every timer. */
  advance(ms: number): Promise<void>;
  acquire(claim?: Partial<RunnerClaim>, signal?: AbortSignal): Promise<RunnerLease>;
  join(script?: PeerScript, over?: Partial<ExpectedRunner>): Promise<Peer>;
  /** A lasting runner, which may dial again. */
  lasting(script?: PeerScript): Promise<Peer & { dial(): Promise<Peer> }>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A registry on a socket of its own, whose time only a test moves. */
export async function registryRig(
  pools: ResolvedPool[] = [testPool({ idleMs: 3_600_000 })],
  options: Partial<RegistryOptions> = {},
): Promise<RegistryRig> {
  vi.useFakeTimers({
    toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'],
  });
  const dir = await tempDir();
  const socketPath = join(dir, 'gateway.sock');
  const source = new Source();
  let now = Date.now();
  const registry = await createRunnerRegistry({
    addresses: [socketPath],
    pools: new PoolDirectory(pools),
    clock: () => now,
    ...options,
  });
  registry.attach(source);
  return {
    registry,
    source,
    socketPath,
    async advance(ms) {
      now += ms;
      await vi.advanceTimersByTimeAsync(ms);
    },
    acquire: (claim, signal) =>
      registry.acquire({ pool: POOL, tenant: 'a', ...claim }, { deadlineMs: 60_000, signal }),
    join: (script, over) => joinAs(registry, socketPath, script, over),
    async lasting(script) {
      const token = randomBytes(32).toString('base64url');
      const runnerId = announce(registry, token, { lasting: true });
      const dial = async (): Promise<Peer> => {
        const peer = await dialAs(socketPath, token, script);
        await peer.channel.peer;
        return { runnerId, ...peer };
      };
      return { ...(await dial()), dial };
    },
    async [Symbol.asyncDispose]() {
      await registry.close();
      vi.useRealTimers();
      await rm(dir, { recursive: true });
    },
  };
}

/** The peer's connection has ended, and the registry knows. */
export async function leave(peer: Peer, registry: RunnerRegistry): Promise<void> {
  const there = () => registry.list().filter(({ runnerId }) => runnerId === peer.runnerId).length;
  const before = there();
  peer.socket.destroy();
  await vi.waitUntil(() => there() < before, { interval: 1 });
}

/** What a promise rejects with; taken at once, so that time may move before it is looked at. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
