import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_JSON_DEPTH, nestsDeeper, parseJson } from './json.ts';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

const nest = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('nestsDeeper', () => {
  it('says of any JSON what its depth says', () => {
    const text = fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', '\\', 'a', 'ä') });
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 12 }, text, fc.integer(), tie('list'), tie('record')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      record: fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    }));
    fc.assert(
      fc.property(value, fc.nat({ max: 12 }), fc.boolean(), (input, limit, indented) => {
        const json = JSON.stringify(input, null, indented ? 2 : 0);
        expect(nestsDeeper(json, limit)).toBe(depthOf(input) > limit);
      }),
      { numRuns: 500 },
    );
  });

  it('lets nothing through that a parser would follow deeper', () => {
    const text = fc.string({ unit: fc.constantFrom('[', ']', '"', '\\', ',', '1'), maxLength: 40 });
    fc.assert(
      fc.property(text, (input) => {
        let parsed: unknown;
        try {
          parsed = JSON.parse(input);
        } catch {
          return;
        }
        expect(nestsDeeper(input, 3)).toBe(depthOf(parsed) > 3);
      }),
      { numRuns: 2000 },
    );
  });

  it('is linear in quotes and backslashes, and does not recurse', () => {
    const hostile = ['[', '"', '\\', '\\"', '"\\'].map((part) => part.repeat(1_000_000));
    for (const text of hostile) expect(typeof nestsDeeper(text, 64)).toBe('boolean');
    expect(nestsDeeper(nest(1_000_000), 64)).toBe(true);
  });
});

describe('parseJson', () => {
  it('takes the deepest JSON that is allowed and none deeper', () => {
    expect(parseJson(nest(MAX_JSON_DEPTH))).toBeInstanceOf(Array);
    expect(() => parseJson(nest(MAX_JSON_DEPTH + 1))).toThrow(/nested deeper/);
    expect(() => parseJson(nest(3), { maxDepth: 2 })).toThrow(/nested deeper/);
  });

  it('counts bytes, not characters', () => {
    expect(parseJson('"ää"', { maxBytes: 6 })).toBe('ää');
    expect(() => parseJson('"ää"', { maxBytes: 5 })).toThrow(/more than 5 bytes/);
  });

  it('makes a protocol violation of what is no JSON', () => {
    expect(() => parseJson('{')).toThrow(expect.objectContaining({ code: 'PROTOCOL_VIOLATION' }));
  });

  it('leaves prototypes alone', () => {
    const value = parseJson('{"__proto__":{"polluted":true}}') as Record<string, unknown>;
    expect(value.polluted).toBeUndefined();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
