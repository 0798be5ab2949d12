import { describe, expect, it } from 'vitest';
import { valueWithExpect } from '../../../../../test/expect-realm.ts';

const VALUES: readonly string[] = [
  ...[
    'undefined',
    'null',
    'true',
    '1',
    '-0',
    'NaN',
    '12n',
    `'text'`,
    `'say "hi" \\\\ \`\${x}\`'`,
    `'a\\nb'`,
  ],
  ...[`Symbol('s')`, '() => 1', 'function named() {}', 'class Foo {}', 'async () => {}'],
  ...['{}', '[]', '{ b: 1, a: 2 }', '[1, [2, { c: 3 }]]', '[, 1, , 2]', '{ a: { b: { c: [] } } }'],
  ...[`{ 'a-b': 1, 10: 2, 9: 3, [Symbol.for('k')]: 4 }`, '{ u: undefined, n: null, f() {} }'],
  ...[
    'new Map()',
    `new Map([['b', 1], ['a', { x: 1 }]])`,
    'new Map([[{ k: 1 }, [1]]])',
    'new Set()',
    'new Set([1, { a: 1 }])',
  ],
  ...[
    'new Date(0)',
    'new Date(NaN)',
    '/a.b[c]+$/gi',
    `new Error('bad')`,
    `new TypeError('bad')`,
    `new Error('')`,
  ],
  ...[
    `Object.assign(new Error('m'), { name: 'Custom' })`,
    `[new Error('within')]`,
    `new AggregateError([1], 'many')`,
  ],
  ...[
    'new (class Point { x = 1; y = 2 })()',
    'new (class Empty {})()',
    'Object.create(null)',
    'Object.assign(Object.create(null), { a: 1 })',
  ],
  ...[
    'new (class List extends Array {})(3)',
    'new (class extends Map {})([[1, 2]])',
    '{ constructor: 5 }',
  ],
  ...[
    'new Uint8Array([1, 2])',
    'new Float64Array([0.5, -0])',
    'new BigInt64Array([1n])',
    'new ArrayBuffer(2)',
    'new DataView(new ArrayBuffer(1))',
  ],
  ...[
    'new Number(1)',
    `new String('ab')`,
    'new Boolean(false)',
    'new WeakMap()',
    'new WeakSet()',
    'Promise.resolve(1)',
  ],
  ...[
    `new URL('http://a/b')`,
    '{ toJSON() { return { as: 1 } } }',
    '{ toJSON: 1 }',
    '(function () { return arguments })(1, 2)',
  ],
  ...[
    '(() => { const a = { b: [] }; a.b.push(a); return a })()',
    '(() => { const s = { x: 1 }; return [s, s] })()',
    '(() => { const m = new Map(); m.set(m, m); return m })()',
  ],
  ...[
    'expect.any(Number)',
    'expect.anything()',
    '{ a: expect.any(String) }',
    'expect.objectContaining({ b: 1, a: [1] })',
    'expect.arrayContaining([1, 2])',
  ],
  ...[
    `expect.stringContaining('x')`,
    'expect.stringMatching(/x+/)',
    'expect.not.arrayContaining([1])',
    'expect.closeTo(1, 3)',
    '[[], {}, new Map(), new Set()]',
  ],
];

/** As Vitest writes snapshots, by the printer that its matchers are given. */
const OPTIONS = {
  escapeRegex: true,
  printFunctionName: false,
  printBasicPrototype: false,
  maxLength: 1e6,
};

function theirTexts(): string[] {
  let texts: string[] = [];
  expect.extend({
    printsAll(values: unknown[]) {
      texts = values.map((value) => this.utils.stringify(value, Infinity, OPTIONS));
      return { pass: true, message: () => '' };
    },
  });
  // oxlint-disable-next-line typescript/no-implied-eval -- The same text in both worlds is the point.
  const values = new Function('expect', `return [${VALUES.join(',\n')}]`)(expect) as unknown[];
  const ask = expect as unknown as (values: unknown) => { printsAll(): void };
  ask(values).printsAll();
  return texts;
}

describe('an inline snapshot', () => {
  it('is in the form that Vitest writes', async () => {
    const theirs = theirTexts();
    const code = `return [${VALUES.map((one) => `() => (${one})`).join(',\n')}].map((make) =>
      failure(() => expect(make()).toMatchInlineSnapshot()).actual)`;
    const ours = (await valueWithExpect(code)) as string[];
    expect(ours.map((text, i) => [VALUES[i], text])).toEqual(
      theirs.map((text, i) => [VALUES[i], text.trim()]),
    );
    const again = `return [${VALUES.map((one, i) => `passes(() => expect(${one}).toMatchInlineSnapshot(${JSON.stringify(theirs[i])}))`).join(',\n')}]`;
    expect(await valueWithExpect(again)).toEqual(VALUES.map(() => true));
  });

  it('may be moved in, and says what is not as it was', async () => {
    const code = `const value = { a: 1, b: ['x'] };
      expect(value).toMatchInlineSnapshot(\`
        {
          "a": 1,
          "b": [
            "x",
          ],
        }
      \`);
      const error = failure(() => expect({ a: 2 }).toMatchInlineSnapshot(\`
        {
          "a": 1,
        }
      \`));
      return [error.name, error.message, error.expected, error.actual, error.matcherName]`;
    expect(await valueWithExpect(code)).toEqual([
      'AssertionError',
      'the value is not the snapshot\n\n- Expected\n+ Received\n\n  {\n-   "a": 1,\n+   "a": 2,\n  }',
      '{\n  "a": 1,\n}',
      '{\n  "a": 2,\n}',
      'toMatchInlineSnapshot',
    ]);
  });

  it('that is not written yet is what the error says to write', async () => {
    const value = `{ text: 'a\`b\${c}\\\\d', list: [1] }`;
    const code = `return failure(() => expect(${value}).toMatchInlineSnapshot()).message`;
    const message = (await valueWithExpect(code)) as string;
    const call = message.slice(message.indexOf('toMatchInlineSnapshot('));
    expect(message).toContain('there is no snapshot yet');
    expect(await valueWithExpect(`return passes(() => expect(${value}).${call})`)).toBe(true);
  });

  it('has the matchers of properties in their places', async () => {
    const code = `const value = { id: 7, list: [{ at: 1 }], name: 'n' };
      const all = { id: expect.any(Number), list: [{ at: expect.any(Number) }] };
      const message = failure(() => expect(value).toMatchInlineSnapshot(all)).actual;
      return [message, passes(() => expect({ id: 'no' }).toMatchInlineSnapshot({ id: expect.any(Number) }, '{}')),
        passes(() => expect(value).toMatchInlineSnapshot(all, message)), passes(() => expect(1).not.toMatchInlineSnapshot('2')),
        failure(() => expect(1).toMatchSnapshot()).message]`;
    expect(await valueWithExpect(code)).toEqual([
      '{\n  "id": Any<Number>,\n  "list": [\n    {\n      "at": Any<Number>,\n    },\n  ],\n  "name": "n",\n}',
      false,
      true,
      false,
      'toMatchSnapshot is not there: a sandbox has no snapshot files: use toMatchInlineSnapshot',
    ]);
  });

  it('is of what was thrown, at once or by a promise', async () => {
    const code = `const bad = () => { throw new RangeError('far') };
      expect(bad).toThrowErrorMatchingInlineSnapshot('[RangeError: far]');
      await expect(Promise.reject(new Error('later'))).rejects.toThrowErrorMatchingInlineSnapshot('[Error: later]');
      return [passes(() => expect(bad).toThrowErrorMatchingInlineSnapshot('[Error: far]')), passes(() => expect(() => 1).toThrowErrorMatchingInlineSnapshot('1'))]`;
    expect(await valueWithExpect(code)).toEqual([false, false]);
  });
});
