import { describe, expect, it } from 'vitest';
import type { Schedule } from '@cofferdam/protocol';
import { FakeClock, settled } from '../../test/fake-clock.ts';
import { planOf } from './plan.ts';
import { Scheduler, type DueRun } from './scheduler.ts';

const START = Date.parse('2026-05-01T10:00:00.000Z');
const KEY = 'default/job';
const UID = 'uid';

function setup() {
  const clock = new FakeClock(START + 500);
  const runs: (DueRun & { end: () => void })[] = [];
  const skips: [number, string][] = [];
  const decided: number[] = [];
  const scheduler = new Scheduler({
    clock,
    run: (due) => new Promise((end) => runs.push({ ...due, end })),
    onSkip: (_key, time, reason) => skips.push([seconds(time), reason]),
    onDecided: (_key, time) => decided.push(time),
  });
  const set = (schedule: Schedule, last?: number) =>
    scheduler.set(KEY, planOf(schedule, UID), last);
  const times = () => runs.map(({ scheduledAt }) => seconds(scheduledAt));
  return { clock, scheduler, runs, skips, decided, set, times };
}

const seconds = (time: number) => (time - START) / 1_000;

describe('the scheduler', () => {
  it('runs a new script at its next time, and then at each', async () => {
    const { clock, set, runs, times, scheduler } = setup();
    set({ every: '5s', concurrencyPolicy: 'Allow' });
    expect(times()).toEqual([]);
    expect(seconds(scheduler.next(KEY)!)).toBe(5);
    await clock.advance(15_000);
    expect(times()).toEqual([5, 10, 15]);
    expect(runs[0]).toMatchObject({ key: KEY, notAfter: START + 35_000 });
  });

  it('skips a run while the last goes on', async () => {
    const { clock, set, runs, skips, times } = setup();
    set({ every: '5s' });
    await clock.advance(11_000);
    expect(times()).toEqual([5]);
    expect(skips).toEqual([[10, 'running']]);
    runs[0]!.end();
    await clock.advance(5_000);
    expect(times()).toEqual([5, 15]);
  });

  it('replaces the last by the next when told so', async () => {
    const { clock, set, runs, times } = setup();
    set({ every: '5s', concurrencyPolicy: 'Replace' });
    await clock.advance(10_000);
    expect(times()).toEqual([5, 10]);
    expect(runs.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  it('runs once after a sleep that missed many, when that is not too late', async () => {
    const { clock, set, times } = setup();
    set({ every: '10s', concurrencyPolicy: 'Allow' });
    clock.jump(3_600_000 - 500 + 4_000);
    await clock.advance(10_000);
    // The times of the hour are gone; the last of them was 4 s ago.
    expect(times().slice(0, 2)).toEqual([3_600, 3_610]);
  });

  it('skips what a sleep made too late', async () => {
    const { clock, set, times, skips } = setup();
    set({ cron: '0 11 * * *', startingDeadline: '30s' });
    clock.jump(3_600_000 + 31_000);
    await clock.advance(30_000);
    expect(times()).toEqual([]);
    expect(skips).toEqual([[3_600, 'late']]);
  });

  it('after a restart runs what was missed once, and not what was decided', async () => {
    const missed = setup();
    missed.set({ every: '1h' }, START - 3_600_000);
    expect(missed.times()).toEqual([0]);
    const decidedAlready = setup();
    decidedAlready.set({ every: '1h' }, START);
    expect(decidedAlready.times()).toEqual([]);
    const late = setup();
    late.set({ cron: '50 9 * * *' }, START - 86_400_000);
    expect(late.times()).toEqual([]);
    expect(late.skips).toEqual([[-600, 'late']]);
  });

  it('runs a time once, also when the clock goes back over it', async () => {
    const { clock, set, runs, times } = setup();
    set({ every: '10s' });
    await clock.advance(10_000);
    runs[0]!.end();
    await settled();
    clock.jump(-8_000);
    await clock.advance(12_000);
    expect(times()).toEqual([10]);
  });

  it('does not wait for a time that a wrong clock wrote', async () => {
    const { clock, set, times } = setup();
    set({ every: '10s' }, START + 10 * 365 * 86_400_000);
    await clock.advance(10_000);
    expect(times()).toEqual([10]);
  });

  it('keeps to an unchanged plan, follows a changed one, and stops when removed', async () => {
    const { clock, scheduler, set, times } = setup();
    set({ every: '10s', concurrencyPolicy: 'Allow' });
    set({ every: '10s', concurrencyPolicy: 'Allow' });
    expect(clock.waiting).toBe(1);
    await clock.advance(10_000);
    set({ every: '4s', concurrencyPolicy: 'Allow' });
    await clock.advance(6_000);
    expect(times()).toEqual([10, 12, 16]);
    scheduler.remove(KEY);
    await clock.advance(60_000);
    expect(times()).toHaveLength(3);
    expect(scheduler.next(KEY)).toBeUndefined();
  });

  it('takes no plan after it has closed: the end of an aborted run still asks for one', async () => {
    const { clock, set, times, decided, scheduler } = setup();
    await scheduler.close();
    set({ every: '5s' });
    await clock.advance(20_000);
    expect([times(), decided]).toEqual([[], []]);
  });

  it('aborts what goes on when it closes, and waits for it', async () => {
    const { clock, scheduler, set, runs } = setup();
    set({ every: '5s' });
    await clock.advance(5_000);
    let closed = false;
    const closing = scheduler.close().then(() => (closed = true));
    await settled();
    expect([closed, runs[0]!.signal.aborted]).toEqual([false, true]);
    runs[0]!.end();
    await closing;
    expect(clock.waiting).toBe(0);
  });
});
