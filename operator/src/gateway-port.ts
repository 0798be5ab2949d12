import type { Catalogue, Lineage, LogLine, ResolvedScript, RunResult } from '@cofferdam/protocol';
import type { CompileVerdict } from './status/script-store.ts';

export type RunTrigger = 'schedule' | 'manual' | 'http';

/** What a run of a script has beside what the script says. */
export interface RunAsk {
  trigger: RunTrigger;
  /** Replaces the script's input; absent keeps it. */
  input?: unknown;
  /** Milliseconds since the epoch. */
  scheduledAt?: number;
  epoch?: number;
  /** Milliseconds since the epoch. */
  notAfter?: number;
  traceparent?: string;
  /** Where it stands below a run that asks for it. */
  lineage?: Lineage;
  signal?: AbortSignal;
  onLog?: (line: LogLine) => void;
}

export interface ScriptOutcome {
  runId: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  durationMs: number;
  result: RunResult;
}

/** What the operator asks of the gateway. */
export interface GatewayPort<Outcome extends ScriptOutcome = ScriptOutcome> {
  /** Guest failures are in the outcome; rejects with a CofferdamError for everything else. */
  run(script: ResolvedScript, ask: RunAsk): Promise<Outcome>;
  /** Whether the source compiles; rejects when nobody could say. */
  compile(script: ResolvedScript, signal: AbortSignal): Promise<CompileVerdict>;
  /** Makes these the scripts that the gateway knows. */
  publish(catalogue: Catalogue): void;
}
