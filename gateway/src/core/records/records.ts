import type {
  Engine,
  ExitReason,
  GuestError,
  LogLine,
  Preset,
  RunResult,
  RunStats,
  Layer,
} from '@cofferdam/protocol';
import type { FinishedSpan } from '@cofferdam/telemetry';
import type { Trigger } from '../intent.ts';
import type { RunArtifact, RunArtifactEntry } from './artifacts.ts';
import type { SessionRecords } from './session-table.ts';

/** What lists show of a run. */
export interface RunListEntry {
  /** Grows with every record; a list's cursor. */
  seq: number;
  runId: string;
  traceId: string;
  tenant: string;
  trigger: Trigger;
  engine: Engine;
  preset: Preset;
  /** A script's name, or `inline`. */
  name: string;
  script?: { uid: string; namespace: string; name: string; generation: number };
  /** Milliseconds since the epoch. */
  scheduledAt?: number;
  /** Milliseconds since the epoch. */
  startedAt: number;
  /** Absent while the run goes on. */
  durationMs?: number;
  queuedMs?: number;
  /** Absent while the run goes on. */
  exitReason?: ExitReason;
  error?: { name: string; message: string };
  /** The first 256 characters of the result's JSON text. */
  preview?: string;
}

/** Everything that is kept of a run. */
export interface RunRecord extends Omit<RunListEntry, 'error'> {
  error?: GuestError;
  /** The result as JSON text, kept up to 32 Ki characters, of a check up to 256 Ki; absent when it was longer. */
  value?: string;
  /** The result was too long to be kept. */
  valueCut: boolean;
  /** The last console lines, up to 16 Ki characters of messages. */
  logs: LogLine[];
  /** Lines are missing, here or in what the runner sent. */
  logsCut: boolean;
  stats?: RunStats;
  layers: Layer[];
  /** SHA-256 of the source or the module, in hexadecimal. */
  digest?: string;
  /** The run's trace, with its root first; empty where it was too large to be kept. */
  spans: FinishedSpan[];
}

/** A run as it is known before it starts. */
export interface RunStart {
  runId: string;
  traceId: string;
  tenant: string;
  trigger: Trigger;
  engine: Engine;
  preset: Preset;
  name: string;
  script?: { uid: string; namespace: string; name: string; generation: number; history: number };
  scheduledAt?: number;
  startedAt: number;
}

/** A run that is over. */
export interface RunEnd {
  /** It was one of tests: their results are kept though they are long. */
  isCheck?: boolean;
  durationMs: number;
  queuedMs: number;
  result: RunResult;
  spans: FinishedSpan[];
  /** Of a run that had a browser. */
  artifacts?: readonly RunArtifact[];
}

export interface RunListQuery {
  namespace: string;
  name: string;
  /** 1 to 200. Default 50. */
  limit?: number;
  /** Only entries with a smaller `seq`. */
  before?: number;
}

export interface RunRecords {
  /**
   * Takes a scheduled run's key (script uid and time) before the run starts, synchronously and for
   * ever. Throws `DUPLICATE_RUN` when it is taken and `STALE_EPOCH` when `epoch` is older than one
   * that was seen.
   */
  claim(run: RunStart, epoch: number | undefined): void;
  /** Keeps a finished run; written a little later, in batches, and seen by `get` and `list` at once. */
  finish(run: RunStart, end: RunEnd): void;
  get(runId: string): RunRecord | undefined;
  /** The run that holds this key (script uid and time), if it is over. */
  holder(uid: string, scheduledAt: number): RunRecord | undefined;
  /** A script's runs, newest first. */
  list(query: RunListQuery): RunListEntry[];
  /** What is kept of a run's browser, in the order in which it was given. */
  artifacts(runId: string): RunArtifactEntry[];
  artifact(runId: string, name: string): RunArtifact | undefined;
  /** What the next gateway has to know of sessions. */
  readonly sessions: SessionRecords;
  /** Writes what waits. */
  flush(): void;
  close(): void;
}
