import { describe, expect, it } from 'vitest';
import { cronProblem, dueAfter, dueAtOrBefore, planOf, timeZoneProblem } from './plan.ts';

const at = (text: string) => Date.parse(text);
const iso = (time: number | undefined) =>
  time === undefined ? undefined : new Date(time).toISOString();
const UID = '6f9619ff-8b86-8011-b42d-00cf4fc964ff';

describe('every', () => {
  const plan = planOf({ every: '10s' }, UID);

  it('is aligned to the clock, not to the start', () => {
    expect(iso(dueAfter(plan, at('2026-05-01T10:00:03.200Z')))).toBe('2026-05-01T10:00:10.000Z');
    expect(iso(dueAtOrBefore(plan, at('2026-05-01T10:00:03.200Z')))).toBe(
      '2026-05-01T10:00:00.000Z',
    );
  });

  it('is after its own time and at its own time', () => {
    expect(iso(dueAfter(plan, at('2026-05-01T10:00:10Z')))).toBe('2026-05-01T10:00:20.000Z');
    expect(iso(dueAtOrBefore(plan, at('2026-05-01T10:00:10Z')))).toBe('2026-05-01T10:00:10.000Z');
  });

  it('is moved by a fixed part of the splay that differs between scripts', () => {
    const offsets = Array.from(
      { length: 20 },
      (_, i) => planOf({ every: '1m', splay: '1m' }, `uid-${i}`).offsetMs,
    );
    expect(new Set(offsets).size).toBeGreaterThan(15);
    for (const offset of offsets) expect(offset).toBeLessThan(60_000);
    const moved = planOf({ every: '1m', splay: '1m' }, UID);
    expect(planOf({ every: '1m', splay: '1m' }, UID)).toEqual(moved);
    const next = dueAfter(moved, at('2026-05-01T10:00:00Z'))!;
    expect((next - moved.offsetMs) % 60_000).toBe(0);
    expect(dueAtOrBefore(moved, next)).toBe(next);
  });
});

describe('cron', () => {
  it('knows its time zone and its summer time', () => {
    const plan = planOf({ cron: '30 6 * * *', timeZone: 'Europe/Berlin' }, UID);
    expect(iso(dueAfter(plan, at('2026-01-10T00:00:00Z')))).toBe('2026-01-10T05:30:00.000Z');
    expect(iso(dueAfter(plan, at('2026-07-10T00:00:00Z')))).toBe('2026-07-10T04:30:00.000Z');
  });

  it('is UTC without one', () => {
    const plan = planOf({ cron: '0 3 * * *' }, UID);
    expect(iso(dueAfter(plan, at('2026-01-10T03:00:00Z')))).toBe('2026-01-11T03:00:00.000Z');
    expect(iso(dueAtOrBefore(plan, at('2026-01-10T03:00:00Z')))).toBe('2026-01-10T03:00:00.000Z');
    expect(iso(dueAtOrBefore(plan, at('2026-01-10T02:59:59.999Z')))).toBe(
      '2026-01-09T03:00:00.000Z',
    );
  });

  it.each([
    ['* * *', /3 fields/],
    ['61 * * * *', /minute/],
    ['0 0 30 2 *', /never/],
    ['2026-12-01T00:00:00', /1 fields/],
    ['a b c d e', /no cron expression/],
  ])('refuses %s', (cron, why) => {
    expect(cronProblem(cron)).toMatch(why);
  });

  it.each(['*/5 * * * *', '0 0 3 * * *', '0 9 * * MON-FRI'])('takes %s', (cron) => {
    expect(cronProblem(cron)).toBeUndefined();
  });
});

it('fills in what a schedule leaves out', () => {
  expect(planOf({ every: '1m30s' }, UID)).toEqual({
    uid: UID,
    everyMs: 90_000,
    timeZone: 'UTC',
    concurrencyPolicy: 'Forbid',
    startingDeadlineMs: 30_000,
    offsetMs: 0,
  });
});

it('knows time zones', () => {
  expect(timeZoneProblem('Europe/Berlin')).toBeUndefined();
  expect(timeZoneProblem('Middle/Earth')).toMatch(/Middle\/Earth/);
});
