import type { GuestError, LogLine } from '@cofferdam/protocol';
import type { FinishedSpan } from '@cofferdam/telemetry';
import type { SQLOutputValue } from 'node:sqlite';
import type { RunEnd, RunListEntry, RunRecord, RunStart } from './records.ts';

/** A result that is longer, in characters of JSON, is not kept: half of one is worth nothing. */
const MAX_VALUE_CHARS = 32_768;
/** Of a check: a line for each of some thousand tests. */
const MAX_RESULTS_CHARS = 262_144;
/** Of the console the end is kept, because that is where a failure is. */
const MAX_LOG_CHARS = 16_384;
const MAX_LOG_LINES = 200;
const MAX_SPANS_CHARS = 65_536;
const PREVIEW_CHARS = 256;

export type Row = Record<string, SQLOutputValue>;
type Value = string | number | null;

export const LIST_COLUMNS = `seq, run_id, trace_id, tenant, trigger, engine, preset, label,
  script_uid, namespace, name, generation, scheduled_at, started_at, duration_ms, queued_ms,
  exit_reason, error, substr(value, 1, ${PREVIEW_CHARS}) AS preview`;

/** The columns that are known before a run starts. */
export function startColumns(run: RunStart): Record<string, Value> {
  return {
    run_id: run.runId,
    trace_id: run.traceId,
    tenant: run.tenant,
    trigger: run.trigger,
    engine: run.engine,
    preset: run.preset,
    label: run.name,
    script_uid: run.script?.uid ?? null,
    namespace: run.script?.namespace ?? null,
    name: run.script?.name ?? null,
    generation: run.script?.generation ?? null,
    scheduled_at: run.scheduledAt ?? null,
    started_at: run.startedAt,
  };
}

/** The columns that are known when it is over, cut to what is kept. */
export function endColumns(end: RunEnd): Record<string, Value> & { bytes: number } {
  const { result } = end;
  const logs = tail(result.logs);
  const spans = JSON.stringify(end.spans);
  const columns = {
    duration_ms: end.durationMs,
    queued_ms: end.queuedMs,
    exit_reason: result.exitReason,
    error: result.error ? JSON.stringify(result.error) : null,
    ...valueColumns(end),
    logs: JSON.stringify(logs),
    logs_cut: result.logsCut || logs.length < result.logs.length ? 1 : 0,
    stats: JSON.stringify(result.stats),
    layers: JSON.stringify(result.layers),
    digest: result.digest ?? null,
    spans: spans.length <= MAX_SPANS_CHARS ? spans : '[]',
  };
  return { ...columns, bytes: sizeOf(columns) };
}

function valueColumns({ result: { value }, isCheck }: RunEnd) {
  if (value === undefined) return { value: null, value_cut: 0 };
  const most = isCheck ? MAX_RESULTS_CHARS : MAX_VALUE_CHARS;
  return value.length <= most ? { value, value_cut: 0 } : { value: null, value_cut: 1 };
}

/** Characters of the texts and what a row's other columns cost. */
function sizeOf(columns: Record<string, Value>): number {
  const FIXED = 512;
  return Object.values(columns).reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? value.length : 0),
    FIXED,
  );
}

function tail(logs: readonly LogLine[]): LogLine[] {
  const kept: LogLine[] = [];
  let chars = 0;
  for (let index = logs.length - 1; index >= 0 && kept.length < MAX_LOG_LINES; index--) {
    const line = logs[index]!;
    const room = MAX_LOG_CHARS - chars;
    if (room <= 0) break;
    chars += line.message.length;
    kept.push(
      line.message.length <= room ? line : { ...line, message: line.message.slice(0, room) },
    );
  }
  return kept.reverse();
}

export function readListEntry(row: Row): RunListEntry {
  const error = json<GuestError>(row.error);
  return {
    ...readCommon(row),
    ...(error
      ? { error: { name: error.name, message: error.message.slice(0, PREVIEW_CHARS) } }
      : {}),
    ...(typeof row.preview === 'string' ? { preview: row.preview } : {}),
  };
}

export function readRecord(row: Row): RunRecord {
  return {
    ...readCommon(row),
    ...optional('error', json<GuestError>(row.error)),
    ...optional('value', text(row.value)),
    valueCut: row.value_cut === 1,
    logs: json<LogLine[]>(row.logs) ?? [],
    logsCut: row.logs_cut === 1,
    ...optional('stats', json<RunRecord['stats']>(row.stats)),
    layers: json<RunRecord['layers']>(row.layers) ?? [],
    ...optional('digest', text(row.digest)),
    spans: json<FinishedSpan[]>(row.spans) ?? [],
  } as RunRecord;
}

function readCommon(row: Row): Omit<RunListEntry, 'error' | 'preview'> {
  return {
    seq: row.seq,
    runId: row.run_id,
    traceId: row.trace_id,
    tenant: row.tenant,
    trigger: row.trigger,
    engine: row.engine,
    preset: row.preset,
    name: row.label,
    ...(row.script_uid === null ? {} : { script: readScript(row) }),
    ...optional('scheduledAt', number(row.scheduled_at)),
    startedAt: row.started_at,
    ...optional('durationMs', number(row.duration_ms)),
    ...optional('queuedMs', number(row.queued_ms)),
    ...optional('exitReason', text(row.exit_reason)),
  } as Omit<RunListEntry, 'error' | 'preview'>;
}

const readScript = ({ script_uid: uid, namespace, name, generation }: Row) => ({
  uid,
  namespace,
  name,
  generation,
});

const text = (value: SQLOutputValue | undefined) => (typeof value === 'string' ? value : undefined);
const number = (value: SQLOutputValue | undefined) =>
  typeof value === 'number' ? value : undefined;

function json<T>(value: SQLOutputValue | undefined): T | undefined {
  return typeof value === 'string' ? (JSON.parse(value) as T) : undefined;
}

function optional<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: T });
}
