import type { Engine, GuestError, Language, ResolvedScript } from '@cofferdam/protocol';
import type { ScriptCatalogue } from './catalogue.ts';
import type { CompileVerdict } from './compile-script.ts';
import type { TraceBudget } from './egress/trace-budget.ts';
import type { Runs } from './intent.ts';
import type { RunRecords } from './records/records.ts';
import type { PoolDirectory } from './pools.ts';
import type { RunnerRegistry, RunnerRole } from './runners/registry.ts';
import type { Runtimes } from './runtimes/runtimes.ts';
import type { Servers } from './servers/servers.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { Typechecks } from './typechecks.ts';
import type { WasmModules } from './wasm/modules.ts';

/** What a runner's compiler says of a source. */
export interface Validation {
  valid: boolean;
  form?: 'body' | 'module';
  error?: GuestError;
}

export interface ValidateRequest {
  tenant: string;
  code: string;
  language: Language;
  /** The pool that the script names. Default: the one that its tenant's runs go to. */
  pool?: string | undefined;
  signal?: AbortSignal;
}

export interface EngineFigures {
  active: number;
  spare: number;
  completed: number;
  killed: number;
  processes: number;
  rssBytes: number;
}

/** What one runner says of itself, with what the gateway knows of it. */
export interface RunnerFigures {
  runnerId: string;
  /** Absent while the runner belongs to no one. */
  tenant?: string;
  role: RunnerRole;
  state: 'unbound' | 'bound';
  active: number;
  /** Milliseconds since the epoch. */
  joinedAt: number;
  layers: string[];
  versions: Record<string, string>;
  rssBytes?: number;
  /** Absent when the runner did not answer. */
  engines?: Partial<Record<Engine, EngineFigures>>;
}

export interface GatewayStats {
  active: number;
  queued: number;
  maxConcurrent: number;
  maxQueue: number;
  /** Since the start. */
  runs: { total: number; completed: number; failed: number };
  wasm: { modules: number; bytes: number };
  runners: RunnerFigures[];
}

/** Everything of the gateway but HTTP. */
export interface GatewayCore {
  /** What a request that a guest's way out has made is counted against. */
  budget: Pick<TraceBudget, 'admit'>;
  runs: Runs;
  /** Rejects with a CofferdamError when no runner answers; what is wrong with the source is a value. */
  validate(request: ValidateRequest): Promise<Validation>;
  typechecks: Pick<Typechecks, 'check'>;
  /** Whether a script compiles; rejects with a CofferdamError when nobody could say. */
  compile(script: ResolvedScript, signal: AbortSignal): Promise<CompileVerdict>;
  wasm: WasmModules;
  records: RunRecords;
  catalogue: ScriptCatalogue;
  registry: RunnerRegistry;
  pools: PoolDirectory;
  /** The runtimes of embedders. */
  runtimes: Runtimes;
  /** Runtimes with a key, which outlive whoever uses them. */
  sessions: Sessions;
  /** What scripts of mode `server` answer. */
  servers: Servers;
  /** Asks every runner, each for at most a second. */
  stats(): Promise<GatewayStats>;
  /** What is known without asking anyone: for /health. */
  health(): { runners: number; active: number; queued: number; layers: string[] };
  /** Refuses new runs with `SHUTTING_DOWN`, waits for those under way, then closes everything. */
  close(): Promise<void>;
}
