import { expect, it } from 'vitest';
import { ATTEMPTS } from './corpus.ts';
import { EMBEDDED_ATTEMPTS } from './embedded.ts';
import { SHIM_ATTEMPTS } from './shims.ts';

const ALL = [...ATTEMPTS, ...SHIM_ATTEMPTS, ...EMBEDDED_ATTEMPTS];

it('is what issue and page say of it: so many, and none twice', () => {
  expect(ATTEMPTS.length).toBeGreaterThanOrEqual(300);
  for (const field of ['name', 'code'] as const) {
    const seen = new Set<string>();
    const twice = ALL.map((one) => one[field]).filter((text) => seen.size === seen.add(text).size);
    expect(twice).toEqual([]);
  }
});
