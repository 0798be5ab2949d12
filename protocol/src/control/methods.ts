import { Type } from '../schema/typebox.ts';
import type { ResolvedPool } from '../resource/resolved-pool.ts';
import type { ResolvedScript } from '../resource/resolved-script.ts';
import type { ScriptStatus } from '../resource/script-status.ts';
import type { SandboxScriptSpec } from '../resource/sandbox-script.ts';
import type { RunResult } from '../run/result.ts';
import { RunnerIdSchema, RunnerOwnerSchema } from './runner.ts';

const closed = { additionalProperties: false };

/**
 * What the operator says first on a gateway's private port. The gateway answers nothing before it knows the
 * token; of two operators it listens to the one with the higher epoch.
 */
export const OperatorHelloSchema = Type.Object(
  {
    role: Type.Literal('operator'),
    token: Type.String({ minLength: 32, maxLength: 256 }),
    /** Of the operator's lease: higher for every later leader. */
    epoch: Type.Integer({ minimum: 0 }),
  },
  closed,
);

/** A script as lists show it, whether it may run or not. */
export interface PublishedScript {
  namespace: string;
  name: string;
  generation: number;
  spec?: SandboxScriptSpec;
  status: ScriptStatus;
  /** Absent: it may not run. */
  script?: ResolvedScript;
}

/** A change of what the gateway knows. */
export interface CatalogueChange {
  /** Absent: the pools stay as they are. */
  pools?: ResolvedPool[];
  put: PublishedScript[];
  /** Keys, `namespace/name`. */
  drop: string[];
  /** Keys; what is not among them is dropped as well. Said once for each connection. */
  only?: string[];
}

/** A run that the operator asks for: of a published script, or of one that only this run is of. */
export interface ControlRun {
  script: { namespace: string; name: string } | ResolvedScript;
  trigger: 'schedule' | 'manual' | 'http';
  input?: unknown;
  /** With the script's uid the unique key of the run: it starts once. Milliseconds since the epoch. */
  scheduledAt?: number;
  epoch?: number;
  /** Milliseconds since the epoch. */
  notAfter?: number;
  traceparent?: string;
}

/** How a run went, as whoever asked is told. */
export interface ControlOutcome {
  runId: string;
  traceId: string;
  startedAt: number;
  durationMs: number;
  queuedMs: number;
  result: RunResult;
}

export const BindSchema = Type.Object(
  { runnerId: RunnerIdSchema, owner: RunnerOwnerSchema },
  closed,
);

export const DiscardSchema = Type.Object(
  { runnerId: RunnerIdSchema, reason: Type.String({ maxLength: 1_024 }) },
  closed,
);
