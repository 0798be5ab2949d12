import { describe, expect, it } from 'vitest';
import { Type } from '../src/schema/typebox.ts';
import { checker } from '@cofferdam/protocol';

const closed = { additionalProperties: false };
const check = checker(
  Type.Object({ spec: Type.Object({ memory: Type.Optional(Type.Integer()) }, closed) }, closed),
);

describe('what is not valid', () => {
  it.each([1, 7, 8, 9, 20, 1_000])('says so, with %i unknown fields', (count) => {
    const unknown = Object.fromEntries(Array.from({ length: count }, (_, n) => [`field${n}`, n]));
    const checked = check({ spec: { memory: 'all', ...unknown } });
    expect(checked.ok).toBe(false);
    const { problems } = checked as { problems: { path: string; message: string }[] };
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(8);
    expect(problems[0]!.path).toContain('spec');
    expect(problems[0]!.message).not.toBe('');
  });
});
