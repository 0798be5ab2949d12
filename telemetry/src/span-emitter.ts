import {
  logs,
  ROOT_CONTEXT,
  SeverityNumber,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type HrTime,
  type Tracer,
} from '@opentelemetry/api';
import type { ConsoleLevel, LogLine } from '@cofferdam/protocol';
import { rootAttributes } from './attributes.ts';
import type { FinishedRun, FinishedSpan, LateSpans } from './finished-run.ts';
import { newSpanId, newTraceId } from './traceparent.ts';

const SCOPE = 'cofferdam';

/** A flooding guest must not become the collector's flood: 1,000 lines and 64 Ki characters a run. */
const MAX_LOG_RECORDS = 1_000;
const MAX_LOG_CHARS = 65_536;

const SEVERITY: Record<ConsoleLevel, SeverityNumber> = {
  debug: SeverityNumber.DEBUG,
  log: SeverityNumber.INFO,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
};

/** The SDK draws ids itself; ours are chosen before, because a run's caller and record have them. */
export class ChosenIds {
  #traceId: string | undefined;
  #spanId: string | undefined;

  /** The ids of the next span that is started. */
  choose(traceId: string, spanId: string): void {
    this.#traceId = traceId;
    this.#spanId = spanId;
  }

  generateTraceId = (): string => this.#traceId ?? newTraceId();

  generateSpanId(): string {
    const id = this.#spanId ?? newSpanId();
    this.#spanId = undefined;
    return id;
  }
}

export interface SpanEmitter {
  emitRun(run: FinishedRun): void;
  emitSpans(late: LateSpans): void;
}

/** Emits finished runs through whatever SDK is registered with OpenTelemetry's API. */
export function createSpanEmitter(ids: ChosenIds): SpanEmitter {
  const tracer = trace.getTracer(SCOPE);
  const logger = logs.getLogger(SCOPE);
  const emitRun = (run: FinishedRun) => {
    if (!run.sampled) return;
    run.spans.forEach((span, index) => {
      ids.choose(run.traceId, span.spanId);
      emitSpan(tracer, run.traceId, span, index === 0 ? run : undefined);
    });
    const root = run.spans[0];
    if (!root) return;
    const context = contextOf(run.traceId, root.spanId, false);
    for (const line of capped(run.logs)) {
      logger.emit({
        timestamp: line.time,
        severityNumber: SEVERITY[line.level],
        severityText: line.level,
        body: line.message,
        attributes: { 'faas.invocation_id': run.runId },
        context,
      });
    }
  };
  const emitSpans = ({ traceId, sampled, spans }: LateSpans) => {
    if (!sampled) return;
    for (const span of spans) {
      ids.choose(traceId, span.spanId);
      emitSpan(tracer, traceId, span);
    }
  };
  return { emitRun, emitSpans };
}

/** `run`: of its root. */
function emitSpan(
  tracer: Tracer,
  traceId: string,
  finished: FinishedSpan,
  run?: FinishedRun,
): void {
  const parent = finished.parentSpanId;
  const span = tracer.startSpan(
    run ? `run ${run.name}` : finished.name,
    {
      kind: run ? SpanKind.SERVER : SpanKind.INTERNAL,
      startTime: hrTime(finished.start),
      attributes: { ...(run ? rootAttributes(run) : {}), ...finished.attributes },
    },
    parent === undefined ? ROOT_CONTEXT : contextOf(traceId, parent, run !== undefined),
  );
  const error =
    run && run.exitReason !== 'Completed' ? (run.error ?? run.exitReason) : finished.error;
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
  span.end(hrTime(finished.end));
}

function contextOf(traceId: string, spanId: string, isRemote: boolean): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote,
  });
}

/** The API reads a small number as a performance time; seconds and nanoseconds are unmistakable. */
function hrTime(epochMs: number): HrTime {
  const seconds = Math.floor(epochMs / 1000);
  return [seconds, Math.floor((epochMs - seconds * 1000) * 1e6)];
}

function* capped(lines: readonly LogLine[]): Iterable<LogLine> {
  let chars = 0;
  for (const line of lines.slice(0, MAX_LOG_RECORDS)) {
    const room = MAX_LOG_CHARS - chars;
    if (room <= 0) return;
    chars += line.message.length;
    yield line.message.length <= room ? line : { ...line, message: line.message.slice(0, room) };
  }
}
