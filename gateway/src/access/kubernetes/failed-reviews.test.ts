import { describe, expect, it } from 'vitest';
import { FailedReviews } from './failed-reviews.ts';

function rig() {
  let now = 1_000;
  const failed = new FailedReviews(() => now);
  const isRefused = (address: string) => {
    try {
      failed.refuseTooMany(address);
      return false;
    } catch (error) {
      expect(error).toMatchObject({ code: 'RATE_LIMITED' });
      return true;
    }
  };
  return { failed, isRefused, advance: (ms: number) => void (now += ms) };
}

describe('failed reviews', () => {
  it('are limited for an address, for a minute', () => {
    const { failed, isRefused, advance } = rig();
    for (let i = 0; i < 30; i++) {
      expect(isRefused('a')).toBe(false);
      failed.add('a');
    }
    expect([isRefused('a'), isRefused('b')]).toEqual([true, false]);
    advance(59_000);
    expect(isRefused('a')).toBe(true);
    advance(1_001);
    expect(isRefused('a')).toBe(false);
  });

  it('are limited for all addresses together', () => {
    const { failed, isRefused, advance } = rig();
    for (let i = 0; i < 600; i++) failed.add(`address ${i}`);
    expect(isRefused('another')).toBe(true);
    advance(60_001);
    expect(isRefused('another')).toBe(false);
  });

  it('cannot be forgotten by coming from ever more addresses', () => {
    const { failed, isRefused } = rig();
    for (let i = 0; i < 20_000; i++) failed.add(`address ${i}`);
    expect(isRefused('another')).toBe(true);
  });
});
