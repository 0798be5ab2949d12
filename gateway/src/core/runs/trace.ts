import { newSpanId, type FinishedSpan, type TraceIds } from '@cofferdam/telemetry';
import type { RunResult } from '@cofferdam/protocol';
import { spansOfUse, type Use } from '../egress/use.ts';

/** When the parts of a run began and ended, in milliseconds since the epoch. */
export interface RunTimes {
  arrived: number;
  admitted: number;
  ended: number;
  /** Milliseconds spent waiting for a runner. */
  waitedMs: number;
}

/** What others than the runner saw of it. */
interface Seen {
  browser?: readonly FinishedSpan[] | undefined;
  /** Of its tickets. */
  uses?: readonly Use[];
}

/**
 * A run's spans with their ids, the run's own first: `queue` and `dispatch` as the gateway measured
 * them, inside `dispatch` what the runner said, and inside that what the way out did for it.
 */
export function traceOf(ids: TraceIds, times: RunTimes, result: RunResult & Seen): FinishedSpan[] {
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
  const { browser = [], uses = [] } = result;
  for (const span of browser) span.parentSpanId = dispatch.spanId;
  const execute = inner.find(({ name }) => name === 'execute') ?? dispatch;
  const requests = uses.flatMap((use) => spansOfUse(use, execute));
  return [root, queue, dispatch, ...withoutFetches(inner, dispatch, uses), ...requests, ...browser];
}

/** Where the way out has said what was asked of it, the runner's word for it is not needed. */
function withoutFetches(
  inner: FinishedSpan[],
  dispatch: FinishedSpan,
  uses: readonly Use[],
): FinishedSpan[] {
  if (uses.length === 0) return inner;
  const dropped = new Set(inner.filter(({ name }) => name === 'fetch').map((span) => span.spanId));
  for (const span of inner) {
    if (dropped.has(span.parentSpanId!)) span.parentSpanId = dispatch.spanId;
  }
  return inner.filter(({ spanId }) => !dropped.has(spanId));
}

function child(
  parentSpanId: string,
  name: FinishedSpan['name'],
  start: number,
  end: number,
): FinishedSpan {
  return { spanId: newSpanId(), parentSpanId, name, start, end };
}
