import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BYTES_PATTERN, DURATION_PATTERN, parseBytes, parseDuration } from './units.ts';

describe('parseDuration', () => {
  it.each([
    ['200ms', 200],
    ['5s', 5_000],
    ['1.5m', 90_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['0s', 0],
    ['0.4ms', 0],
  ])('%s is %i ms', (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each(['', '5', 's', '5 s', '-5s', '5S', '1e3s', '5s ', '5s\n', '1h1h1h1h1h', '1,5m', '٥s'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it('is a finite number exactly for what the schema lets through', () => {
    const text = fc.string({
      unit: fc.constantFrom('1', '9', '0', '.', 'm', 's', 'h', 'd'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(text, (input) => {
        const value = parseDuration(input);
        expect(value !== undefined && Number.isInteger(value) && value >= 0).toBe(
          new RegExp(DURATION_PATTERN).test(input),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('adds its parts', () => {
    const number = fc.nat({ max: 999_999_999 });
    fc.assert(
      fc.property(number, number, (hours, seconds) => {
        expect(parseDuration(`${hours}h${seconds}s`)).toBe(hours * 3_600_000 + seconds * 1000);
      }),
    );
  });
});

describe('parseBytes', () => {
  it.each([
    ['0', 0],
    ['262144', 262_144],
    ['256Ki', 262_144],
    ['64Mi', 67_108_864],
    ['2Gi', 2_147_483_648],
  ])('%s is %i', (text, expected) => {
    expect(parseBytes(text)).toBe(expected);
  });

  it.each(['', 'Ki', '1.5Mi', '1MB', '1k', '-1', '1 Mi', '1234567890123', '1Mi\n'])(
    '%j is none',
    (text) => {
      expect(parseBytes(text)).toBeUndefined();
    },
  );

  it('is a safe integer exactly for what the schema lets through', () => {
    const text = fc.string({
      unit: fc.constantFrom('1', '9', '0', 'K', 'M', 'G', 'i'),
      maxLength: 15,
    });
    fc.assert(
      fc.property(text, (input) => {
        expect(Number.isSafeInteger(parseBytes(input))).toBe(new RegExp(BYTES_PATTERN).test(input));
      }),
      { numRuns: 1000 },
    );
  });
});
