/* eslint-disable vitest/no-standalone-expect -- for tests to call, at a length of their own */
import { expect } from 'vitest';
import type { HostCallContext } from '../src/index.ts';
import { expectBounded, type Flood } from './flood-rig.ts';

interface Length {
  count: number;
  executionTimeout: number;
  memoryLimitMB: number;
}

/** Calls of a tool that the guest does not wait for: most of so many are refused. */
export async function floodWithCalls(
  flood: Flood,
  { count, refusedAtLeast, ...limits }: Length & { refusedAtLeast: number },
): Promise<void> {
  let calls = 0;
  const { outcome, grown } = await flood(
    `let refused = 0, kept = 0;
     for (let i = 0; i < ${count}; i++) {
       try { count(i).then(() => kept++, () => refused++) } catch { refused++ }
     }
     while (kept + refused < ${count}) await new Promise((done) => setTimeout(done, 10));
     export default [kept, refused];`,
    { tools: { count: () => void calls++ } },
    limits,
  );
  expectBounded(grown);
  if ('value' in outcome) {
    const [kept, refused] = outcome.value as [number, number];
    expect(kept).toBe(calls);
    expect(refused).toBeGreaterThan(refusedAtLeast);
  } else expect(outcome.error.code).toMatch(/EXCEEDED/);
}

/** Requests that nobody answers: 64 are open, and the others refused. */
export async function floodWithRequests(flood: Flood, { count, ...limits }: Length): Promise<void> {
  let open = 0;
  const signals: AbortSignal[] = [];
  const fetch = (_request: Request, { signal }: HostCallContext) => {
    open++;
    signals.push(signal);
    return new Promise<never>(() => {});
  };
  const { runtime, outcome, grown } = await flood(
    `let refused = 0;
     for (let i = 0; i < ${count}; i++) {
       fetch('http://a.test/' + i).catch(() => refused++);
       if (i % ${Math.min(1_000, count / 10)} === 0) await new Promise((done) => setTimeout(done));
     }
     while (refused < ${count} - 64) await new Promise((done) => setTimeout(done, 10));
     export default refused;`,
    { fetch },
    limits,
  );
  if ('value' in outcome) expect(outcome.value).toBe(count - 64);
  else expect(outcome.error.code).toMatch(/EXCEEDED/);
  expect(open).toBeLessThanOrEqual(64);
  expectBounded(grown);
  await runtime.dispose();
  expect(signals.every(({ aborted }) => aborted)).toBe(true);
}
