import { describe, expect, it } from 'vitest';
import { ASSERTIONS, VALUES } from './oracle-values.ts';
import { valueWithExpect } from '../../../../../test/expect-realm.ts';

type Expect = typeof expect;

/** Both in one text: `1` for each assertion that holds, `0` for one that throws. */
const HOLDS = `const holds = (assertion) => { try { assertion(); return '1' } catch { return '0' } };`;

/** Every value against every other. Each is made anew for each pair. */
const allPairs = (matcher: string) => `${HOLDS}
  const makers = [${VALUES.map((value) => `() => (${value})`).join(',\n')}];
  return makers.map((left) => makers.map((right) => holds(() => expect(left()).${matcher}(right()))).join('')).join('')`;

const eachOf = (assertions: readonly string[]) =>
  `${HOLDS} return [${assertions.map((text) => `() => ${text}`).join(',\n')}].map(holds).join('')`;

/** Which assertions our `expect` and Vitest's disagree about, of those that a code is about. */
async function disagreements(code: string, assertions: readonly string[]): Promise<string[]> {
  const ours = (await valueWithExpect(code)) as string;
  // oxlint-disable-next-line typescript/no-implied-eval -- The same text in both worlds is the point.
  const theirs = (new Function('expect', code) as (expect: Expect) => string)(expect);
  expect([theirs.length, ours.length]).toEqual([assertions.length, assertions.length]);
  return assertions.filter((one, i) => ours[i] !== theirs[i] && agreed(one));
}

/** Where we mean to differ; each group is told in docs/adr/0021-own-expect.md. */
const DIFFERENT: readonly RegExp[] = [
  // The bytes of buffers count in every comparison.
  /(ArrayBuffer|DataView|buffer).*\.toEqual\(.*(ArrayBuffer|DataView|buffer)/,
  // A field that is undefined counts in toStrictEqual, within sets and maps too.
  /undefined \}\]\)\)\.toStrictEqual|toStrictEqual\(new Set\(\[\{ a: 1, b: undefined/,
  // What a symbol names may be undefined and equal to itself.
  /\{ \[Symbol\.for\('k'\)\]: undefined \}\)\.toEqual\(\{ \[Symbol\.for\('k'\)\]: undefined \}/,
  // Cycles of arrays end; Vitest's stack does.
  /a\.push\(a\).*\.toMatchObject\(.*a\.push\(a\)/,
  // What is no function cannot throw: the author has made a mistake, with not too.
  /^expect\(1\)\.(not\.)?toThrow/,
];

const agreed = (assertion: string) => !DIFFERENT.some((pattern) => pattern.test(assertion));

describe('every value against every other', () => {
  it.each(['toEqual', 'toStrictEqual', 'toMatchObject'])(
    '%s agrees with Vitest',
    async (matcher) => {
      const assertions = VALUES.flatMap((left) =>
        VALUES.map((right) => `expect(${left}).${matcher}(${right})`),
      );
      expect(await disagreements(allPairs(matcher), assertions)).toEqual([]);
    },
    // Some 27,000 pairs, with a message for nearly each.
    60_000,
  );
});

describe('each matcher, as it is and with not', () => {
  it('agrees with Vitest', async () => {
    const assertions = ASSERTIONS.flatMap(([value, matcher]) => [
      `expect(${value}).${matcher}`,
      `expect(${value}).not.${matcher}`,
    ]);
    expect(assertions.length).toBeGreaterThan(500);
    expect(await disagreements(eachOf(assertions), assertions)).toEqual([]);
  });
});
