import { test } from 'vitest';
import fc from 'fast-check';
import { runGuest } from '../../test/isolate-harness.ts';

/** JSON values, and what JSON.stringify drops or changes in ways that scripts rely on. */
const values = fc.oneof(
  fc.jsonValue(),
  fc.record({ a: fc.jsonValue(), gone: fc.constant(undefined) }),
  fc.array(fc.oneof(fc.jsonValue(), fc.constant(undefined))),
  fc.dictionary(
    fc.string(),
    fc.oneof(fc.constant(Number.NaN), fc.constant(-0), fc.constant(Infinity), fc.jsonValue()),
  ),
);

test('a plain value arrives as JSON.parse(JSON.stringify(value)) has it', async () => {
  await fc.assert(
    fc.asyncProperty(values, async (value) => {
      const code = `const value = ${source(value)};
        return [JSON.stringify([value]), [value], { d: new Date(0), n: new Number(1), s: Object('x'),
          o: { toJSON: () => [1] }, gone: { toJSON: () => undefined } }]`;
      const result = await runGuest(code, { preset: 'compute' });
      const [expected, actual, special] = result.value as [string, unknown, unknown];
      const same = JSON.stringify(actual) === expected;
      const wanted = { d: '1970-01-01T00:00:00.000Z', n: 1, s: 'x', o: [1] };
      return same && JSON.stringify(special) === JSON.stringify(wanted);
    }),
    { numRuns: 60 },
  );
});

/** The value as an expression; `__proto__` as a key is a field like any other. */
function source(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(source).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).map(([k, v]) => `[${JSON.stringify(k)}]:${source(v)}`);
    return `{${fields.join(',')}}`;
  }
  if (typeof value === 'string') return JSON.stringify(value);
  return Object.is(value, -0) ? '-0' : String(value);
}
