import type { Duplex } from 'node:stream';
import {
  Channel,
  CofferdamError,
  type IncomingCall,
  type ResolvedPool,
  type ResolvedScript,
} from '@cofferdam/protocol';
import type { PoolDirectory } from '../pools.ts';
import type { RunnerClaim, RunnerRegistry } from '../runners/registry.ts';
import type { TenantSessions } from '../sessions/tenant-sessions.ts';
import { Embedder } from './embedder.ts';
import { RuntimeRoutes } from './routes.ts';
import { serveWorker, type WorkerClient } from './workers.ts';

/** How long a runtime waits for a runner of its tenant, in milliseconds: one may have to start. */
const WAIT_MS = 30_000;
/** An embedder's calls at once: each of its runtimes is one, and each eval. */
const MAX_CALLS = 1_024;

export interface RuntimesOptions {
  registry: RunnerRegistry;
  pools: Pick<PoolDirectory, 'choose'>;
  /** The sessions of a tenant. */
  sessions: (tenant: string) => TenantSessions;
  /** Runtimes open at once. Default 100. */
  maxRuntimes?: number | undefined;
  /** Whether guests may call functions of an embedder's process. Default true. */
  allowsBindings?: boolean | undefined;
  log?: ((message: string, details: Record<string, unknown>) => void) | undefined;
}

/** The runtimes that embedders have opened through this gateway. */
export class Runtimes {
  readonly routes = new RuntimeRoutes();
  readonly #options: RuntimesOptions;
  readonly #channels = new Set<Channel>();
  readonly #ended = new AbortController();
  #open = 0;
  #sequence = 0;
  #closed = false;

  constructor(options: RuntimesOptions) {
    this.#options = options;
  }

  get open(): number {
    return this.#open;
  }

  /** Serves one embedder on its connection until that ends, and its runtimes with it. */
  connect(tenant: string, stream: Duplex): Channel {
    const { registry, pools, allowsBindings = true } = this.#options;
    const embedder = new Embedder({
      pool: () => pools.choose(tenant, undefined),
      acquire: (pool, call) =>
        registry.acquire(this.#claim(pool, tenant), {
          deadlineMs: waitOf(call),
          signal: call.signal,
        }),
      routes: this.routes,
      sessions: () => this.#options.sessions(tenant),
      enter: () => this.enter(),
      allowsBindings,
      channel: () => channel,
    });
    const channel = new Channel(stream, {
      about: { role: 'gateway' },
      handlers: embedder.handlers,
      maxInFlight: MAX_CALLS,
    });
    channel.onFault = (error) =>
      this.#options.log?.('a call of an embedder failed', { tenant, error: String(error) });
    this.#channels.add(channel);
    void channel.closed.then(() => {
      this.#channels.delete(channel);
      embedder.close();
    });
    if (this.#closed) channel.close(new CofferdamError('SHUTTING_DOWN'));
    return channel;
  }

  /** A worker of a script's for one client, which is over with its connection. */
  worker(script: ResolvedScript, client: WorkerClient): Promise<void> {
    const { registry, pools } = this.#options;
    return serveWorker(script, client, {
      pool: pools.choose(script.namespace, script.pool),
      acquire: (pool, signal) =>
        registry.acquire(this.#claim(pool, script.namespace), { deadlineMs: WAIT_MS, signal }),
      enter: () => this.enter(),
      ended: this.#ended.signal,
    });
  }

  /** Ends every connection, and with them the runtimes. */
  close(): void {
    this.#closed = true;
    this.#ended.abort(new CofferdamError('SHUTTING_DOWN'));
    for (const channel of this.#channels) channel.close(new CofferdamError('SHUTTING_DOWN'));
  }

  /** Takes a place for one more runtime, and answers how it is given back; throws `QUEUE_FULL`. */
  enter(): () => void {
    const { maxRuntimes = 100 } = this.#options;
    if (this.#open >= maxRuntimes) {
      throw new CofferdamError('QUEUE_FULL', `${maxRuntimes} runtimes are open already`);
    }
    this.#open++;
    return () => void this.#open--;
  }

  /** What nobody shares has a runner of its own where the pool keeps scripts or runs apart. */
  #claim({ name, isolation }: ResolvedPool, tenant: string): RunnerClaim {
    if (isolation === 'Tenant') return { pool: name, tenant };
    return { pool: name, tenant, scope: `runtime-${++this.#sequence}`, once: true };
  }
}

function waitOf({ deadline }: IncomingCall): number {
  return Math.min(WAIT_MS, Math.max(1, deadline - performance.now()));
}
