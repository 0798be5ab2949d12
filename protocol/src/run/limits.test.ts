import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checker } from '../schema/validate.ts';
import {
  DEFAULT_LIMITS,
  LIMIT_BOUNDS,
  LIMIT_NAMES,
  LimitsSchema,
  resolveLimits,
} from './limits.ts';

const anyLimits = fc.record(
  Object.fromEntries(LIMIT_NAMES.map((name) => [name, fc.double()])) as Record<
    (typeof LIMIT_NAMES)[number],
    fc.Arbitrary<number>
  >,
  { requiredKeys: [] },
);

describe('resolveLimits', () => {
  it('stays within the bounds whatever is asked for and configured', () => {
    const check = checker(LimitsSchema);
    fc.assert(
      fc.property(anyLimits, anyLimits, (asked, ceilings) => {
        const resolved = resolveLimits(asked, ceilings);
        expect(check(resolved)).toEqual({ ok: true, value: resolved });
      }),
      { numRuns: 1000 },
    );
  });

  it('never exceeds a ceiling that is within the bounds', () => {
    fc.assert(
      fc.property(anyLimits, anyLimits, (asked, ceilings) => {
        const resolved = resolveLimits(asked, ceilings);
        for (const name of LIMIT_NAMES) {
          const ceiling = ceilings[name] ?? Number.NaN;
          if (!(ceiling >= LIMIT_BOUNDS[name].minimum)) continue;
          expect(resolved[name]).toBeLessThanOrEqual(ceiling);
        }
      }),
    );
  });

  it('is what was asked for where that is allowed, and else the default', () => {
    expect(resolveLimits()).toEqual(DEFAULT_LIMITS);
    expect(resolveLimits({ cpuTimeMs: 250.9, wallTimeMs: Number.NaN })).toEqual({
      ...DEFAULT_LIMITS,
      cpuTimeMs: 250,
    });
    expect(resolveLimits({ cpuTimeMs: 5000 }, { cpuTimeMs: 100 }).cpuTimeMs).toBe(100);
    expect(resolveLimits({}, { cpuTimeMs: 100 }).cpuTimeMs).toBe(100);
  });

  it('changes nothing that it has resolved before', () => {
    fc.assert(
      fc.property(anyLimits, anyLimits, (asked, ceilings) => {
        const once = resolveLimits(asked, ceilings);
        expect(resolveLimits(once, ceilings)).toEqual(once);
      }),
    );
  });

  it('has a default within each bound', () => {
    for (const { default: fallback, minimum, maximum } of Object.values(LIMIT_BOUNDS)) {
      expect(fallback).toBeGreaterThanOrEqual(minimum);
      expect(fallback).toBeLessThanOrEqual(maximum);
    }
  });
});
