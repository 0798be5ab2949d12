import { newSpanId, type FinishedSpan, type TraceIds } from '@cofferdam/telemetry';
import type { RunResult } from '@cofferdam/protocol';

/** When the parts of a run began and ended, in milliseconds since the epoch. */
export interface RunTimes {
  arrived: number;
  admitted: number;
  ended: number;
  /** Milliseconds spent waiting for a runner. */
  waitedMs: number;
}

/**
 * A run's spans with their ids, the run's own first: `queue` and `dispatch` as the gateway measured
 * them, and inside `dispatch` what the runner said.
 */
export function traceOf(
  ids: TraceIds,
  times: RunTimes,
  result: RunResult & { browser?: readonly FinishedSpan[] | undefined },
): FinishedSpan[] {
  const error = result.error
    ? `${result.error.name}: ${result.error.message}`.slice(0, 512)
    : undefined;
  const root: FinishedSpan = {
    spanId: ids.spanId,
    ...(ids.parentSpanId === undefined ? {} : { parentSpanId: ids.parentSpanId }),
    name: 'run',
    start: times.arrived,
    end: times.ended,
    ...(error === undefined ? {} : { error }),
  };
  const queue = child(root.spanId, 'queue', times.arrived, times.admitted);
  const dispatch: FinishedSpan = {
    ...child(root.spanId, 'dispatch', times.admitted, times.ended),
    attributes: { 'cofferdam.waited_ms': Math.round(times.waitedMs * 1000) / 1000 },
  };
  const inner = result.spans.map((span) => child(dispatch.spanId, span.name, span.start, span.end));
  result.spans.forEach((span, index) => {
    const finished = inner[index]!;
    const parent = inner[span.parent];
    if (parent) finished.parentSpanId = parent.spanId;
    if (span.error !== undefined) finished.error = span.error;
    if (span.attributes) finished.attributes = span.attributes;
  });
  const { browser = [] } = result;
  for (const span of browser) span.parentSpanId = dispatch.spanId;
  return [root, queue, dispatch, ...inner, ...browser];
}

function child(
  parentSpanId: string,
  name: FinishedSpan['name'],
  start: number,
  end: number,
): FinishedSpan {
  return { spanId: newSpanId(), parentSpanId, name, start, end };
}
