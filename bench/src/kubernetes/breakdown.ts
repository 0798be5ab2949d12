import { setTimeout as sleep } from 'node:timers/promises';
import { figuresOf } from '../samples.ts';
import { BODY, INPUT } from '../workload.ts';
import { HOME, type Stand } from './stand.ts';

const SAMPLES = 200;
/** Records are written a moment after the answer. */
const SETTLE_MS = 1_000;

interface Span {
  name: string;
  /** Milliseconds since the epoch, with fractions. */
  start: number;
  end: number;
}

/** Medians in milliseconds, in the order in which they come. */
export type Breakdown = Record<string, number>;

/** Where a run's time goes, by the spans of its own trace. */
export async function breakdown(stand: Stand): Promise<Breakdown> {
  const seen: { id: string; ms: number }[] = [];
  for (let count = 0; count < SAMPLES; count++) {
    const began = performance.now();
    const { runId } = await stand.post(HOME, '/execute', { code: BODY, input: INPUT });
    seen.push({ id: runId, ms: performance.now() - began });
  }
  await sleep(SETTLE_MS);
  const parts: Record<string, number[]> = {};
  for (const { id, ms } of seen) {
    const { spans } = (await stand.get(HOME, `/v1/runs/${id}`)) as { spans: Span[] };
    for (const [name, value] of Object.entries(partsOf(spans, ms)))
      (parts[name] ??= []).push(value);
  }
  return Object.fromEntries(
    Object.entries(parts).map(([name, values]) => [name, figuresOf(values).p50]),
  );
}

function partsOf(spans: readonly Span[], ms: number): Record<string, number> {
  const of = (name: string) => {
    const span = spans.find((one) => one.name === name);
    if (!span) throw new Error(`a run without a span ${name}`);
    return span;
  };
  const [run, dispatch, compile, isolate, execute] = [
    ...['run', 'dispatch', 'compile', 'isolate', 'execute'].map(of),
  ] as [Span, Span, Span, Span, Span];
  return {
    'client and gateway’s HTTP, authentication and body': ms - (run.end - run.start),
    'gateway: admission and queue': dispatch.start - run.start,
    'gateway to runner': compile.start - dispatch.start,
    'runner: compile, from its cache': compile.end - compile.start,
    'runner to isolate process': isolate.start - compile.end,
    'isolate: take a spare one': isolate.end - isolate.start,
    'isolate: execute': execute.end - execute.start,
    'back to the gateway': dispatch.end - execute.end,
  };
}
