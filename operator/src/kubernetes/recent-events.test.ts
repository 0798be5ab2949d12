import { describe, expect, test } from 'vitest';
import { noteOf } from './event-recorder.ts';
import { RecentEvents, type Candidate } from './recent-events.ts';

const about = (object: string, what = 'a', name = 'event'): Candidate => ({
  identity: `${object} ${what}`,
  about: object,
  namespace: 'default',
  name,
});

describe('RecentEvents', () => {
  test('the same again is one series, written at most once a minute', () => {
    const recent = new RecentEvents();
    expect(recent.admit(about('x'), 0)).toMatchObject({ count: 1, name: 'event' });
    for (let now = 1000; now < 60_000; now += 1000) {
      expect(recent.admit(about('x', 'a', 'other'), now)).toBe('drop');
    }
    expect(recent.admit(about('x', 'a', 'other'), 60_000)).toMatchObject({
      count: 61,
      name: 'event',
      firstAt: 0,
      lastAt: 60_000,
    });
  });

  test('after six quiet minutes, or when its event is gone, a series is over', () => {
    const recent = new RecentEvents();
    recent.admit(about('x', 'a', 'one'), 0);
    expect(recent.admit(about('x', 'a', 'two'), 360_000)).toMatchObject({ count: 1, name: 'two' });
    const series = recent.admit(about('x', 'a', 'three'), 420_000);
    expect(series).toMatchObject({ count: 2, name: 'two' });
    if (series !== 'drop') recent.forget(series);
    expect(recent.admit(about('x', 'a', 'four'), 421_000)).toMatchObject({
      count: 1,
      name: 'four',
    });
  });

  test('an object has ten at once and one more every 30 s; another object has its own', () => {
    const recent = new RecentEvents();
    const admitted = (object: string, now: number) => {
      const all = Array.from({ length: 20 }, (_, n) =>
        recent.admit(about(object, `${now} ${n}`), now),
      );
      return all.filter((event) => event !== 'drop').length;
    };
    expect(admitted('x', 0)).toBe(10);
    expect(admitted('x', 29_000)).toBe(0);
    expect(admitted('x', 60_000)).toBe(2);
    expect(admitted('y', 60_000)).toBe(10);
    expect(admitted('x', 50_000)).toBe(0);
  });
});

describe('noteOf', () => {
  test('is at most 1024 bytes and ends with a whole character', () => {
    for (const text of [
      'a'.repeat(5000),
      '€'.repeat(5000),
      '😀'.repeat(5000),
      `a${'😀'.repeat(5000)}`,
    ]) {
      const note = noteOf(text);
      expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
      expect(Buffer.byteLength(note)).toBeGreaterThan(1020);
      expect(note).toBe(note.toWellFormed());
    }
  });

  test('is one line that steers no terminal', () => {
    expect(noteOf('a\u001b[2J\r\nb\u202ec')).toBe('a [2J b c');
  });
});
