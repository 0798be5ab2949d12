import { randomBytes } from 'node:crypto';
import {
  CofferdamError,
  DEFAULT_SERVER_HOSTS,
  type ResolvedPool,
  type ResolvedScript,
} from '@cofferdam/protocol';
import type { Telemetry } from '@cofferdam/telemetry';
import { RuntimeBrowsers } from '../browsers/runtime-browsers.ts';
import type { ScriptCatalogue } from '../catalogue.ts';
import { monotonicClock, type Clock } from '../clock.ts';
import type { Tickets } from '../egress/tickets.ts';
import type { PoolDirectory } from '../pools.ts';
import type { RunnerClaim, RunnerRegistry } from '../runners/registry.ts';
import type { RuntimeRoutes } from '../runtimes/routes.ts';
import { withinPool } from '../runs/within-pool.ts';
import { answered, type Served } from './answering.ts';
import type { ServedRequest } from './exchange.ts';
import type { InstancePlace } from './place.ts';
import { RequestTrace } from './request-trace.ts';
import { RouteTable, type RouteMatch } from './route-table.ts';
import { ServerGroup, type ServerScript } from './server-group.ts';
import { statusOf, type ServerStatus } from './server-status.ts';
import { SpanLogs } from './span-logs.ts';

/** How long an instance waits for a runner of its tenant, in milliseconds: one may have to start. */
const RUNNER_WAIT_MS = 30_000;
const ID_BYTES = 6;

export interface ServersOptions {
  registry: RunnerRegistry;
  pools: Pick<PoolDirectory, 'choose' | 'chooseBrowser'>;
  /** Where runners say what the guests of runtimes ask for. */
  routes: RuntimeRoutes;
  catalogue: ScriptCatalogue;
  tickets?: Tickets | undefined;
  telemetry: Telemetry;
  /** Takes a place for one more runtime, and answers how it is given back; throws `QUEUE_FULL`. */
  enter: () => () => void;
  /** The hosts that servers may have. Default: those of `*.localhost`. */
  hosts?: readonly string[] | undefined;
  log?: ((message: string, details: Record<string, unknown>) => void) | undefined;
  clock?: Clock;
}

interface Kept {
  group: ServerGroup;
  logs: SpanLogs;
}

/** The servers of the catalogue: where each answers, and its instances. */
export class Servers {
  readonly #options: ServersOptions;
  readonly #now: Clock;
  readonly #groups = new Map<string, Kept>();
  readonly #closing = new Set<Promise<void>>();
  readonly #browsers: RuntimeBrowsers;
  readonly #prefix = randomBytes(ID_BYTES).toString('hex');
  #routes: RouteTable | undefined;
  #requests = 0;
  #scopes = 0;
  #closed = false;

  constructor(options: ServersOptions) {
    this.#options = options;
    this.#now = options.clock ?? monotonicClock;
    const { registry, pools, tickets } = options;
    this.#browsers = new RuntimeBrowsers({
      browsers: { registry, pools },
      ...{ tickets, now: this.#now },
      onError: (error) => this.#fault('a browser', error),
    });
    options.catalogue.onChange(() => this.#follow());
  }

  /** Which server answers at a host (in lower case, without a port) and a path. */
  find(host: string, path: string): RouteMatch {
    const { catalogue, hosts = DEFAULT_SERVER_HOSTS } = this.#options;
    this.#routes ??= new RouteTable(catalogue.list(), hosts);
    return this.#routes.find(host, path);
  }

  /**
   * Has a server answer. Rejects with `SCRIPT_NOT_READY` for what is no server that may run,
   * `SERVER_FAILED`, `SERVER_TIMEOUT`, `UNAVAILABLE` while it is suspended or has no runner,
   * `QUEUE_FULL`, `EXPIRED`, `CANCELLED` and `SHUTTING_DOWN`.
   */
  async handle(namespace: string, name: string, request: ServedRequest): Promise<Served> {
    const { group, logs } = this.#of(namespace, name);
    const requestId = `q-${this.#prefix}-${(++this.#requests).toString(36)}`;
    const { method, traceparent } = request;
    const { telemetry } = this.#options;
    const { script } = group;
    const trace = new RequestTrace({
      ...{ telemetry, script, requestId, method, traceparent },
      now: this.#now,
    });
    const headers: [string, string][] = [...request.headers, ['traceparent', trace.traceparent]];
    const whole = { ...request, headers, requestId };
    return answered({ group, request: whole, trace, takeLogs: () => logs.take() });
  }

  /** Its instances and its console; throws `SCRIPT_NOT_READY` for what is no server that may run. */
  status(namespace: string, name: string): ServerStatus {
    return statusOf(this.#of(namespace, name).group);
  }

  /** Refuses what comes, lets requests end, then ends every instance. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const key of [...this.#groups.keys()]) this.#drop(key, 'SHUTTING_DOWN');
    await Promise.all(this.#closing);
  }

  #of(namespace: string, name: string): Kept {
    if (this.#closed) throw new CofferdamError('SHUTTING_DOWN');
    const script = this.#options.catalogue.get(namespace, name);
    if (script && isServer(script)) return this.#keep(script);
    throw new CofferdamError('SCRIPT_NOT_READY', `${namespace}/${name} is no server that is ready`);
  }

  #keep(script: ServerScript): Kept {
    const key = `${script.namespace}/${script.name}`;
    const known = this.#groups.get(key);
    if (known) return known;
    const { exporting } = this.#options.telemetry;
    const logs = new SpanLogs();
    const group = new ServerGroup(script, {
      now: this.#now,
      placeOf: (of, others) => this.#placeOf(of, others),
      onLine: ({ level, message, time }) => {
        if (exporting) logs.add({ level, message, time });
      },
    });
    const kept = { group, logs };
    this.#groups.set(key, kept);
    return kept;
  }

  /** The catalogue is another one. */
  #follow(): void {
    if (this.#closed) return;
    const { catalogue } = this.#options;
    this.#routes = undefined;
    const servers = catalogue.list().filter(isServer);
    const keys = new Set(servers.map(({ namespace, name }) => `${namespace}/${name}`));
    for (const key of [...this.#groups.keys()]) {
      if (!keys.has(key)) this.#drop(key, 'SCRIPT_NOT_FOUND');
    }
    for (const script of servers) {
      const known = this.#groups.get(`${script.namespace}/${script.name}`);
      if (known) known.group.update(script);
      else if (script.server.minInstances > 0) this.#keep(script);
    }
  }

  #drop(key: string, code: 'SHUTTING_DOWN' | 'SCRIPT_NOT_FOUND'): void {
    const kept = this.#groups.get(key);
    if (!kept) return;
    this.#groups.delete(key);
    const closing = kept.group.close(new CofferdamError(code));
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }

  #placeOf(script: ResolvedScript, others: () => ReadonlySet<string>): Omit<InstancePlace, 'log'> {
    const { pools, tickets, registry, enter, telemetry, routes } = this.#options;
    const pool = pools.choose(script.namespace, script.pool);
    return {
      ...{ pool, tickets, enter, telemetry, routes, now: this.#now, browsers: this.#browsers },
      allowed: withinPool(script, pool),
      acquire: (signal) => {
        const options = { deadlineMs: RUNNER_WAIT_MS, avoid: others(), signal };
        return registry.acquire(this.#claim(pool, script), options);
      },
      onError: (error) => this.#fault(`${script.namespace}/${script.name}`, error),
    };
  }

  /** For whom the runner of an instance is, as its pool isolates: an instance is one long run. */
  #claim({ name: pool, isolation }: ResolvedPool, script: ResolvedScript): RunnerClaim {
    const { namespace: tenant, uid } = script;
    if (isolation === 'Tenant') return { pool, tenant };
    if (isolation === 'Script') return { pool, tenant, scope: uid };
    return { pool, tenant, scope: `server-${this.#prefix}-${++this.#scopes}`, once: true };
  }

  #fault(server: string, error: unknown): void {
    this.#options.log?.('a server’s way out could not be kept', { server, error: String(error) });
  }
}

function isServer(script: ResolvedScript): script is ServerScript {
  return script.server !== undefined;
}
