import { describe, expect, test } from 'vitest';
import type { Clock } from '../schedule/clock.ts';
import { LeaderTerm } from './leader-term.ts';

/** Two clocks that are moved by hand. */
function setUp() {
  const time = { wall: 1_000_000, monotonic: 0 };
  const timers: { at: number; callback: () => void }[] = [];
  const clock: Clock = {
    now: () => time.wall,
    after(ms, callback) {
      const timer = { at: time.monotonic + ms, callback };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  };
  const options = { epoch: 7, renewDeadlineMs: 10_000, clock, monotonic: () => time.monotonic };
  const term = new LeaderTerm(options, { ...time });
  const pass = (ms: number) => {
    time.wall += ms;
    time.monotonic += ms;
  };
  return { term, time, timers, pass };
}

describe('LeaderTerm', () => {
  test('lasts for the deadline from when the last renewal was sent', () => {
    const { term, time, pass } = setUp();
    pass(4000);
    const sent = { ...time };
    pass(3000);
    term.renew(sent);
    expect(term.remainingMs()).toBe(7000);
    pass(6999);
    term.check();
    pass(1);
    expect(() => term.check()).toThrow(expect.objectContaining({ code: 'STALE_EPOCH' }));
    expect(term.signal.aborted).toBe(true);
  });

  test('is over by its timer, with nobody asking', () => {
    const { term, timers, pass } = setUp();
    expect(timers.map(({ at }) => at)).toEqual([10_000]);
    pass(10_000);
    timers[0]?.callback();
    expect(term.signal.aborted).toBe(true);
    expect(timers).toEqual([]);
  });

  test('is over when either clock says so', () => {
    const slept = setUp();
    slept.time.wall += 10_000;
    expect(() => slept.term.check()).toThrow('not renewed in time');
    const setBack = setUp();
    setBack.time.monotonic += 10_000;
    setBack.time.wall -= 60_000;
    expect(() => setBack.term.check()).toThrow('not renewed in time');
  });

  test('never comes back, whatever is renewed later', () => {
    const { term, time, timers } = setUp();
    term.end('it was closed');
    term.renew({ ...time });
    expect(term.remainingMs()).toBe(0);
    expect(() => term.check()).toThrow('it was closed');
    expect(timers).toEqual([]);
  });
});
