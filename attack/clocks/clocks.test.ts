import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectations } from '../src/expectations.ts';
import { figures } from '../src/report.ts';
import { scaled } from '../src/scale.ts';
import { startTarget, targetName, type Target } from '../src/target.ts';
import { codeOf, SHARED_MEMORY, TECHNIQUES, type Technique } from './techniques.ts';

const NS_PER_MS = 1_000_000;
const SPAN_MS = scaled({ quick: 10, ci: 20, full: 100 });
const BUDGET = {
  timeout: 20_000,
  limits: { cpuTimeMs: 10_000, bridgeCalls: 100_000, requests: 10_000 },
};
const PRESETS = ['minimal', 'compute', 'data', 'agent', 'web'];

let target: Target;
/** Nanoseconds by engine and technique; a text where there is no such timer. */
const measured: Record<string, Record<string, number | string>> = { isolate: {}, deno: {} };

beforeAll(async () => {
  target = await startTarget();
}, 120_000);
afterAll(async () => {
  await target[Symbol.asyncDispose]();
  figures('clocks', { resolutionNs: measured });
});

/** What a technique can tell apart on an engine, in nanoseconds, or why there is none. */
async function resolutionOf(technique: Technique, engine: 'isolate' | 'deno') {
  const body = { code: codeOf(technique, SPAN_MS), ...BUDGET };
  const given = engine === 'isolate' ? { ...body, preset: 'web' } : body;
  const { body: answer } = await target.run(given, { engine });
  const { result, error } = answer as {
    result?: unknown;
    error?: { name: string; message: string };
  };
  if (typeof result === 'number') return Number(result.toPrecision(3));
  return error ? `${error.name}: ${error.message.slice(0, 100)}` : 'it never ticks';
}

describe.each(['isolate', 'deno'] as const)('on engine %s', (engine) => {
  it.each(Object.entries(TECHNIQUES))('%s', async (name, technique) => {
    const resolution = await resolutionOf(technique, engine);
    measured[engine]![name] = resolution;
    const isFine = typeof resolution === 'number' && resolution < NS_PER_MS;
    // What is counted is published; what is promised is that clocks say whole milliseconds.
    if (engine === 'isolate' && technique.isClock) {
      expect(resolution).toBeTypeOf('number');
      const tried = { suite: 'clocks', attempt: name, engine, target: targetName };
      expectations.verdict(tried, !isFine, `it tells ${resolution} ns apart`);
    }
  });
});

it('an isolate has no timer that needs a second thread, shared memory, WebAssembly or a process', () => {
  for (const name of [
    'a WebAssembly loop',
    'Atomics.wait',
    'a worker that counts in shared memory',
    'the high resolution time of a process',
  ]) {
    expect([name, typeof measured.isolate![name]]).toEqual([name, 'string']);
  }
});

it.each(PRESETS)('clocks of preset %s say whole milliseconds, also of the past', async (preset) => {
  const code = `const read = [Date.now(), new Date().getTime(), new Date().getMilliseconds()];
    if (globalThis.performance) {
      performance.mark('a'); performance.measure('b', 'a');
      read.push(performance.now(), performance.timeOrigin, performance.toJSON().timeOrigin, new Event('x').timeStamp, new File([], 'a').lastModified,
        ...performance.getEntries().flatMap(({ startTime, duration }) => [startTime, duration]));
    }
    return read`;
  const { body, text } = await target.run({ code, preset, ...BUDGET });
  const read = (body as { result: number[] }).result;
  expect({ text, whole: read?.every(Number.isInteger) }).toEqual({ text, whole: true });
  expect(read.length).toBe(preset === 'web' ? 12 : 3);
});

it.each(PRESETS)('there is no shared memory in preset %s, by any road', async (preset) => {
  const code = `const got = {};
    for (const road of ${JSON.stringify(SHARED_MEMORY)}) {
      try { const value = eval(road); got[road] = value === undefined ? 'none' : Object.prototype.toString.call(value) } catch (error) { got[road] = 'none' }
    }
    return got`;
  const { body, text } = await target.run({ code, preset, ...BUDGET });
  const got = (body as { result: Record<string, string> }).result;
  if (!got) throw new Error(text);
  expect(Object.keys(got)).toEqual([...SHARED_MEMORY]);
  expect(Object.entries(got).filter(([, value]) => value !== 'none')).toEqual([]);
});
