import type { Engine, ExitReason, LogLine, Preset, SpanName } from '@cofferdam/protocol';

export type AttributeValue = string | number | boolean;

/** A span with its ids, as the gateway keeps and emits it. */
export interface FinishedSpan {
  spanId: string;
  /** Absent where the trace starts here. */
  parentSpanId?: string;
  name: SpanName;
  /** Milliseconds since the epoch, with a fraction. */
  start: number;
  end: number;
  error?: string;
  attributes?: Record<string, AttributeValue>;
}

/** A finished run as data: what becomes a trace. The first span is the run's own. */
export interface FinishedRun {
  runId: string;
  traceId: string;
  /** The caller's trace is recorded, or there was none; only then it is exported. */
  sampled: boolean;
  tenant: string;
  trigger: 'http' | 'schedule' | 'manual';
  engine: Engine;
  preset: Preset;
  /** A script's name, or `inline`. */
  name: string;
  namespace?: string;
  exitReason: ExitReason;
  /** SHA-256 of the source, in hexadecimal. */
  digest?: string;
  /** The run found a prepared isolate or process. */
  warm: boolean;
  /** Bytes. */
  maxMemory: number;
  /** Milliseconds since the epoch, for a scheduled run. */
  scheduledAt?: number;
  /** The schedule's cron text. */
  cron?: string;
  /** Name and message of what went wrong. */
  error?: string;
  spans: FinishedSpan[];
  logs: LogLine[];
}

/** Spans of a trace whose other ones are, or will be, recorded apart. */
export interface LateSpans {
  traceId: string;
  /** As of {@link FinishedRun}. */
  sampled: boolean;
  spans: FinishedSpan[];
}
