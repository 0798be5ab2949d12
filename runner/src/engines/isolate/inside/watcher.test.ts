import { DEFAULT_LIMITS } from '@cofferdam/protocol';
import ivm from 'isolated-vm';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GuestRun } from './guest-run.ts';
import { Watcher } from './watcher.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A run that works all the time, or rests, as far as its CPU time says. */
function guestRun(runId: string, works = true): GuestRun {
  const job = { runId, preset: 'compute', limits: DEFAULT_LIMITS, reuse: false } as const;
  const run = new GuestRun(job, new ivm.Isolate({ memoryLimit: 16 }), () => {});
  let cpuTimeMs = 0;
  Object.defineProperty(run, 'cpuTimeMs', { get: () => (works ? (cpuTimeMs += 1) : 0) });
  return run;
}

it('ends one run for the memory of a process, and waits for what that gives back', () => {
  let rss = 0;
  const watcher = new Watcher({ spares: () => 0, rss: () => rss });
  const runs = [guestRun('a'), guestRun('b'), guestRun('c')];
  for (const run of runs) watcher.add(run);
  rss = 8 * 2 ** 30;
  vi.advanceTimersByTime(200);
  expect(runs.filter((run) => run.breach).map((run) => run.breach?.reason)).toEqual(['Memory']);
  vi.advanceTimersByTime(100);
  expect(runs.filter((run) => run.breach)).toHaveLength(2);
  for (const run of runs) {
    watcher.delete(run);
    if (!run.isolate.isDisposed) run.isolate.dispose();
  }
});

it('ends nobody for resting, nor for what was there before it worked', () => {
  let rss = 0;
  const watcher = new Watcher({ spares: () => 0, rss: () => rss });
  const resting = guestRun('a', false);
  watcher.add(resting);
  rss = 8 * 2 ** 30;
  vi.advanceTimersByTime(1000);
  expect(resting.breach).toBeUndefined();
  const working = guestRun('b');
  watcher.add(working);
  vi.advanceTimersByTime(100);
  expect(working.breach).toBeUndefined();
  rss += 512 * 2 ** 20;
  vi.advanceTimersByTime(100);
  expect([resting.breach, working.breach?.reason]).toEqual([undefined, 'Memory']);
  for (const run of [resting, working]) {
    watcher.delete(run);
    if (!run.isolate.isDisposed) run.isolate.dispose();
  }
});

it('ends nobody for what another has not given back yet', () => {
  let rss = 0;
  const watcher = new Watcher({ spares: () => 0, rss: () => rss });
  const [over, working] = [guestRun('a'), guestRun('b')];
  for (const run of [over, working]) watcher.add(run);
  rss = 2 * DEFAULT_LIMITS.memoryBytes;
  vi.advanceTimersByTime(50);
  watcher.delete(over);
  rss += 90 * 2 ** 20;
  vi.advanceTimersByTime(50);
  expect(working.breach).toBeUndefined();
  rss -= 20 * 2 ** 20;
  vi.advanceTimersByTime(50);
  expect(working.breach).toBeUndefined();
  rss += 2 ** 20;
  vi.advanceTimersByTime(50);
  expect(working.breach?.reason).toBe('Memory');
  watcher.delete(working);
  for (const { isolate } of [over, working]) if (!isolate.isDisposed) isolate.dispose();
});
