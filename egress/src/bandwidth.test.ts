import { describe, expect, it } from 'vitest';
import { Bandwidth, Bucket } from './bandwidth.ts';

const KiB = 1024;
const never = new AbortController().signal;

/** A bucket and what a piece has to wait, in milliseconds, when it comes at a time. */
function bucket(rate: number) {
  let now = 1_000_000;
  const one = new Bucket(rate, () => now);
  return {
    after: (ms: number) => (now += ms),
    wait: (bytes: number) => Math.max(0, Math.round(one.take(bytes) - now)),
  };
}

describe('a bandwidth', () => {
  it('lets one second of it go at once, and the rest at its rate', () => {
    const { wait, after } = bucket(1024 * KiB);
    expect(wait(1024 * KiB)).toBe(0);
    expect(wait(512 * KiB)).toBe(500);
    expect(wait(512 * KiB)).toBe(1_000);
    after(1_000);
    expect(wait(256 * KiB)).toBe(250);
  });

  it('saves up no more than its burst, however long nothing went', () => {
    const { wait, after } = bucket(1024 * KiB);
    after(3_600_000);
    expect(wait(2 * 1024 * KiB)).toBe(1_000);
  });

  it('has a burst of 64 KiB where its rate is small', () => {
    const { wait } = bucket(KiB);
    expect(wait(64 * KiB)).toBe(0);
    expect(wait(2 * KiB)).toBe(2_000);
  });

  it('is shared in the order of asking', () => {
    const { wait } = bucket(64 * KiB);
    wait(64 * KiB);
    const waits = Array.from({ length: 8 }, () => wait(8 * KiB));
    expect(waits).toEqual([125, 250, 375, 500, 625, 750, 875, 1_000]);
  });

  it('is one for each way', () => {
    let now = 0;
    const { up, down } = new Bandwidth(64 * KiB, () => now);
    now = 10;
    up.take(128 * KiB);
    expect(down.until(down.take(64 * KiB), never)).toBeUndefined();
  });

  it('is not waited for longer than the signal says', async () => {
    const { up } = new Bandwidth(KiB, () => 0);
    const over = new AbortController();
    const waiting = up.until(up.take(100 * KiB), over.signal);
    over.abort(new Error('the run is over'));
    await expect(waiting).rejects.toThrow('the run is over');
    const late = up.until(up.take(1), over.signal);
    await expect(late).rejects.toThrow('the run is over');
  });
});
