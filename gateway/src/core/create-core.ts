import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ResolvedPool } from '@cofferdam/protocol';
import type { Telemetry } from '@cofferdam/telemetry';
import { RunBrowsers } from './browsers/run-browsers.ts';
import { monotonicClock } from './clock.ts';
import { compileScript } from './compile-script.ts';
import type { GatewayCore, ValidateRequest } from './core.ts';
import { EgressControl } from './egress/control.ts';
import { Tickets, type TicketOptions } from './egress/tickets.ts';
import { TraceBudget } from './egress/trace-budget.ts';
import { PoolDirectory } from './pools.ts';
import { openSqliteRecords } from './records/sqlite-records.ts';
import type { RunnerRegistry } from './runners/registry.ts';
import { createRunnerRegistry, type RegistryOptions } from './runners/dialled-runners.ts';
import { Admission, SIDE_CALLS, type AdmissionOptions } from './runs/admission.ts';
import { RunService } from './runs/run-service.ts';
import { Runtimes, type RuntimesOptions } from './runtimes/runtimes.ts';
import { createCatalogue } from './script-catalogue.ts';
import { Sessions, type SessionsOptions } from './sessions/sessions.ts';
import { Servers } from './servers/servers.ts';
import { StatsReader } from './stats-reader.ts';
import { Typechecks } from './typechecks.ts';
import { validate } from './validation.ts';
import { ModuleStore } from './wasm/module-store.ts';
import { createWasmModules, sendBlob } from './wasm/runner-modules.ts';

export type Log = (message: string, details: Record<string, unknown>) => void;

export interface GatewayCoreOptions {
  /** The folder of the module cache and, unless `recordsPath` says otherwise, of the records. */
  dataDir: string;
  telemetry: Telemetry;
  /** Where runners dial, and how many there are. */
  runners: Pick<RegistryOptions, 'addresses' | 'joinTimeoutMs' | 'announced'>;
  /** The pools at the start. Default: none, until somebody sets them. */
  pools?: readonly ResolvedPool[];
  admission?: AdmissionOptions;
  runtimes?: Pick<RuntimesOptions, 'maxRuntimes' | 'allowsBindings'>;
  sessions?: Pick<SessionsOptions, 'maxSessions'>;
  /** A file, or `:memory:`. Default `runs.sqlite` in the data folder. */
  recordsPath?: string;
  /** The hosts that servers may have. Default: those of `*.localhost`. */
  serverHosts?: readonly string[];
  /** Runs kept on record that belong to no script. Default 1,000. */
  maxInlineRecords?: number;
  egress?: {
    /** Where egress listens for the gateway: a Unix socket's path, or `host:port`. */
    control: string;
    /** What this gateway proves to be one with; for `host:port`. */
    controlToken?: string;
    /** Private ranges that runs may reach where they name the host. Default none. */
    allowPrivate?: readonly string[];
    /** More of them for one tenant. */
    allowedCIDRs?: (tenant: string) => readonly string[];
  };
  /** Where WebAssembly files may be loaded from. Default: nowhere. */
  wasmRoot?: string;
  /** Milliseconds beyond its wall time for a run to find a place, and again to be answered. Default 10 s. */
  graceMs?: number;
  /** Milliseconds that runs under way have to end when the gateway closes. Default 10 s. */
  drainMs?: number;
  log?: Log;
}

const DRAIN_MS = 10_000;
const after = (ms: number) => setTimeout(ms, undefined, { ref: false });

/** Puts everything of the gateway but HTTP together, and listens for runners. */
export async function createGatewayCore(options: GatewayCoreOptions): Promise<GatewayCore> {
  const { dataDir, telemetry, egress, log = () => {} } = options;
  const store = await ModuleStore.open({ dir: join(dataDir, 'wasm') });
  const records = await openRecords(options);
  const pools = new PoolDirectory(options.pools);
  const registry = await createRunnerRegistry({
    ...options.runners,
    pools,
    onBlob: (tenant, call) => sendBlob(store, tenant, call),
    onBinding: (runner, call) => runtimes.routes.relay(runner, call),
    onRunBrowser: (runner, call) => browsers.serve(runner, call),
    log,
  });
  const runtimes = new Runtimes({
    ...{ ...options.runtimes, registry, pools, log },
    sessions: (tenant) => sessions.of(tenant),
  });
  const browsers = new RunBrowsers({ registry, pools });
  const admission = new Admission(options.admission);
  const sideCalls = new Admission(SIDE_CALLS);
  const budget = new TraceBudget({ secret: egress?.controlToken, now: monotonicClock });
  const { control, tickets } = wayOut(egress, { budget, metrics: telemetry.metrics });
  const hasModule = (tenant: string, digest: string) => store.owns(tenant, digest);
  const { graceMs } = options;
  const runs = new RunService({
    ...{ admission, registry, pools, records, telemetry, tickets, hasModule, graceMs, browsers },
  });
  const stats = new StatsReader({ admission, registry, store, counts: runs.counts });
  telemetry.metrics.observe(() => stats.gauges());
  const typechecks = new Typechecks();
  const beside = { registry, pools, admission: sideCalls };
  const checks = {
    validate: (request: ValidateRequest) => validate(beside, request),
    wasm: createWasmModules({ ...beside, store, root: options.wasmRoot }),
  };
  const enter = () => runtimes.enter();
  const catalogue = createCatalogue({ keepModule: (...kept) => store.put(...kept), hasModule });
  const servers = new Servers({
    ...{ registry, pools, catalogue, tickets, telemetry, log, enter },
    ...{ hosts: options.serverHosts, routes: runtimes.routes },
  });
  const sessions = new Sessions({
    ...{ ...options.sessions, registry, pools, tickets, telemetry, enter, log },
    records: records.sessions,
  });
  return {
    runs,
    ...checks,
    compile: (script, signal) => compileScript(checks, script, signal),
    ...{ typechecks, records, catalogue, registry, pools, runtimes, servers, sessions, budget },
    stats: () => stats.read(),
    health: () => stats.health(),
    async close() {
      const open = [admission, sideCalls, typechecks, servers, sessions];
      await drained({ open, registry, runtimes }, options.drainMs ?? DRAIN_MS);
      await Promise.all([control?.close(), store.close()]);
      records.close();
    },
  };
}

interface Draining {
  open: readonly { close(): Promise<void> }[];
  registry: RunnerRegistry;
  runtimes: Runtimes;
}

async function drained({ open, registry, runtimes }: Draining, ms: number): Promise<void> {
  const idle = Promise.all(open.map((part) => part.close()));
  registry.drain();
  runtimes.close();
  await Promise.race([idle, after(ms)]);
  // What still goes on loses its runner, and ends with a record that says so.
  await registry.close();
  await idle;
}

function openRecords({ dataDir, recordsPath, maxInlineRecords, log }: GatewayCoreOptions) {
  return openSqliteRecords({
    path: recordsPath ?? join(dataDir, 'runs.sqlite'),
    ...(maxInlineRecords === undefined ? {} : { maxInline: maxInlineRecords }),
    onError: (error) => log?.('records could not be written', { error: String(error) }),
  });
}

/** The connection to egress, and the tickets that are opened on it. */
function wayOut(
  egress: GatewayCoreOptions['egress'],
  shared: Pick<TicketOptions, 'budget' | 'metrics'>,
) {
  if (!egress) return { control: undefined, tickets: undefined };
  const control = new EgressControl({ address: egress.control, token: egress.controlToken });
  return { control, tickets: new Tickets({ allowPrivate: [], ...egress, ...shared, control }) };
}
