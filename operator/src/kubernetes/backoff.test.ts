import { expect, test } from 'vitest';
import { Backoff } from './backoff.ts';

test('waits double up to the longest, less a random half, and begin anew after a success', () => {
  let random = 1;
  const backoff = new Backoff({ baseMs: 100, maxMs: 1000, random: () => random });
  const waits = () => Array.from({ length: 6 }, () => backoff.next());
  expect(waits()).toEqual([100, 200, 400, 800, 1000, 1000]);
  backoff.reset();
  random = 0;
  expect(waits()).toEqual([50, 100, 200, 400, 500, 500]);
  expect(backoff.next(7000)).toBe(7000);
});
