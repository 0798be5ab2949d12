import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { valueWithExpect } from '../../../../../test/expect-realm.ts';

const DECLARATIONS = readFileSync(
  new URL('../../../../../../typecheck/types/tests.d.ts', import.meta.url),
  'utf8',
);

/** The names of an interface's members, each once. */
function declared(name: string): string[] {
  const start = DECLARATIONS.search(new RegExp(`^interface ${name}\\b`, 'm'));
  const body = DECLARATIONS.slice(start, DECLARATIONS.indexOf('\n}', start));
  const names = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[(<:?]/gm)].map(([, member]) => member!);
  return [...new Set(names)];
}

it('is declared as it is: every matcher and way to ask, and no other', async () => {
  const code = `const matchers = Reflect.ownKeys(Object.getPrototypeOf(expect(1))).filter((name) => name !== 'constructor');
    const isThere = (name) => !/is not there/.test(failure(() => expect(1)[name]())?.message);
    const words = ['not', 'resolves', 'rejects'];
    return { matchers: matchers.filter((name) => words.includes(name) || isThere(name)), ways: Object.keys(expect), not: Object.keys(expect.not) }`;
  const actual = (await valueWithExpect(code)) as Record<'matchers' | 'ways' | 'not', string[]>;
  expect([...declared('Matchers'), ...declared('PromiseMatchers')].toSorted()).toEqual(
    actual.matchers.toSorted(),
  );
  const asymmetric = declared('AsymmetricMatchers');
  expect(asymmetric.toSorted()).toEqual(actual.not.toSorted());
  expect([...declared('Expect'), ...asymmetric].toSorted()).toEqual(actual.ways.toSorted());
});
