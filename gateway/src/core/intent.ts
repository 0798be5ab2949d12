import type {
  Engine,
  Language,
  Limits,
  Lineage,
  LogLine,
  NetRule,
  Preset,
  Reuse,
  RuleCredentials,
  RunResult,
  Traffic,
  WasmCall,
} from '@cofferdam/protocol';

export type Trigger = 'http' | 'schedule' | 'manual';

/** What somebody wants to be run, before it has an id, a runner or a ticket. */
export interface RunIntent {
  tenant: string;
  trigger: Trigger;
  /** What the run is called in traces: a script's name, or `inline`. */
  name: string;
  engine: Engine;
  /** For engines isolate and deno. */
  code?: string;
  language?: Language;
  preset: Preset;
  reuse: Reuse;
  /** Of a script of mode `check`: tests are run. */
  mode?: 'check';
  /** Whether its guest may have a browser; of the engine isolate. */
  browser?: true;
  /** Any JSON value; absent is undefined in the guest. */
  input?: unknown;
  env?: unknown;
  wasm?: WasmCall;
  limits: Limits;
  net: NetRule[];
  /** What rules of `net` add and trust: for the way out alone. */
  credentials?: RuleCredentials[];
  maxRequests: number;
  /** Bytes, connections and bandwidth on the way out; its pool has a say in them. */
  traffic?: Partial<Traffic>;
  /** The pool that the script names. Default: the one that its tenant's runs go to. */
  pool?: string;
  /** W3C trace context of the caller. */
  traceparent?: string;
  /** Where it stands below another run, which asked for it through the gateway. Default: nowhere. */
  lineage?: Lineage;
  script?: { uid: string; namespace: string; name: string; generation: number; history: number };
  /** For schedule: the unique key is script uid and this time (milliseconds since the epoch). */
  scheduledAt?: number;
  /** For schedule: its cron text, for the trace. */
  cron?: string;
  /** For schedule: the lease epoch of the operator that asks. */
  epoch?: number;
  /** Milliseconds since the epoch after which the run must not start. */
  notAfter?: number;
  onLog?: (line: LogLine) => void;
  signal?: AbortSignal;
}

/** How it went: the runner's checked answer with what the gateway knows. */
export interface RunOutcome {
  runId: string;
  traceId: string;
  /** W3C trace context of the run: its trace and root span. */
  traceparent: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** From the intent's arrival to its end, queueing included. */
  durationMs: number;
  queuedMs: number;
  result: RunResult;
}

/** Guest failures are in the outcome; rejects with a CofferdamError for everything else. */
export interface Runs {
  execute(intent: RunIntent): Promise<RunOutcome>;
}
