import { afterAll, expect, it } from 'vitest';
import { createTypechecker } from '../src/index.ts';

const checker = createTypechecker();
afterAll(() => checker.close());

async function errorsOf(code: string) {
  const { errors } = await checker.check({ code, profile: 'browser-test' });
  return errors.map(({ line, message }) => `${line}: ${message}`);
}

it('knows what registers tests, with the types of their cases', async () => {
  const code = `
    describe('x', () => {
      beforeAll(async () => { return () => {} }, 100);
      test.each([[1, 'a'], [2, 'b']] as const)('%s', (n, s, { expect }) => { const m: number = n; expect(s).toBe('a'); });
      test.each([1, 2])('%s', (n) => { const m: number = n; });
      test.each([{ a: 1 }])('$a', ({ a }) => { const m: number = a; });
      test.each\`a | b\n\${1} | \${2}\`('x', ({ a, b }) => { expect(a).toBe(b) });
      test.for([[1, 2]])('x', ([a, b], { skip }) => { skip(); });
      test('a', { retry: 2, timeout: 5 }, async ({ skip, task }) => { task.name; });
      it.only.fails('c', () => 5, 100);
      test.skipIf(true)('d', () => {});
      test.todo('later');
      describe.each(['a'])('%s', (name) => { name.length });
    });`;
  expect(await errorsOf(code)).toEqual([]);
});

it.each([
  ['what there is not', `test.concurrent('x', () => {})`, 'concurrent'],
  [
    'a case of another type',
    `test.each([1])('x', (n) => { const s: string = n })`,
    'not assignable',
  ],
  ['an option of another type', `test('x', { retry: 'a' }, () => {})`, 'overload'],
  ['a hook that is none', `beforeAll(5)`, 'not assignable'],
])('refuses %s', async (_what, code, message) => {
  expect((await errorsOf(code)).join()).toContain(message);
});
