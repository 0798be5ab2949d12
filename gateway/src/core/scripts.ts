import type { Lineage, LogLine, SandboxScriptSpec, ScriptStatus } from '@cofferdam/protocol';
import type { RunOutcome } from './intent.ts';

/** A script with its status, as whoever keeps it (the operator) sees it. */
export interface ScriptView {
  namespace: string;
  name: string;
  /** Where it was read from. */
  file?: string;
  generation: number;
  /** Absent: the resource is not valid; its Ready condition says why. */
  spec?: SandboxScriptSpec;
  status: ScriptStatus;
  /** Runs under way. */
  running: number;
}

/** What a run that somebody asks for has beside what the script says. */
export interface ScriptAsk {
  trigger: 'manual';
  /** Replaces the script's input; absent keeps it. */
  input?: unknown;
  /** W3C trace context of the caller. */
  traceparent?: string;
  /** Where it stands below a run that asks for it. */
  lineage?: Lineage;
  signal?: AbortSignal;
  onLog?: (line: LogLine) => void;
}

/** The scripts of this instance, for the HTTP API. The operator is one as it is. */
export interface ScriptDirectory {
  list(): ScriptView[];
  get(namespace: string, name: string): ScriptView | undefined;
  /**
   * Runs a script now. Guest failures are in the outcome; rejects with `SCRIPT_NOT_FOUND`,
   * `SCRIPT_NOT_READY` and what the gateway rejects with.
   */
  runNow(namespace: string, name: string, ask: ScriptAsk): Promise<RunOutcome>;
}
