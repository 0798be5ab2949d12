import { describe, expect, it } from 'vitest';
import { runWithExpect, valueWithExpect } from '../../../../../test/expect-realm.ts';

const thrown = (assertions: string[], setup = '') =>
  valueWithExpect(
    `${setup}; return [${assertions.map((one) => `() => ${one}`).join(',\n')}].map((one) => { const e = failure(one); return e && e.name + ': ' + e.message.slice(0, 90) })`,
  );

describe('values without an end', () => {
  it('are refused rather than compared for ever', async () => {
    const setup = `const nested = (depth) => { let a = {}; for (let i = 0; i < depth; i++) a = { a }; return a };
      const endless = { *[Symbol.iterator]() { for (;;) yield 1 } }; const growing = () => new Proxy({}, { ownKeys: () => ['a'], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }), get: (_, key) => key === 'a' ? growing() : undefined });
      const ordered = (n) => Array.from({ length: n }, (_, i) => ({ i }));`;
    const deep = 'RangeError: the values are nested more than 500 levels deep';
    const large = 'RangeError: the values have more than 1000000 parts to compare';
    expect(
      await thrown(
        [
          ...[
            'expect(nested(400)).toEqual(nested(400))',
            'expect(nested(100_000)).toEqual(nested(100_000))',
          ],
          ...[
            'expect(nested(100_000)).not.toEqual(nested(100_000))',
            'expect(growing()).toEqual(growing())',
          ],
          ...[
            'expect(endless).toEqual({ ...endless })',
            'expect(endless).toContain(2)',
            'expect({ length: 2 ** 53 }).toContain(1)',
          ],
          ...[
            'expect(new Set(ordered(3000))).toEqual(new Set(ordered(3000).reverse()))',
            'expect(new Array(2 ** 32 - 1)).toContain(1)',
          ],
        ],
        setup,
      ),
    ).toEqual([null, deep, deep, deep, large, large, large, large, large]);
  });

  it('leave the next assertion its whole budget', async () => {
    const code = `const wide = () => Array.from({ length: 150_000 }, () => 0);
      for (let i = 0; i < 8; i++) expect(wide()).toEqual(wide());
      const over = failure(() => expect([1, 2, 3, 4, 5, 6, 7].map(wide)).toEqual([1, 2, 3, 4, 5, 6, 7].map(wide)));
      expect(wide()).toEqual(wide()); return over.name`;
    expect(await valueWithExpect(code)).toBe('RangeError');
  });

  it('are cut in texts', async () => {
    const code = `const deep = (n) => { let a = {}; for (let i = 0; i < n; i++) a = { a }; return a };
      const cyclic = {}; cyclic.list = [cyclic]; const many = { get a() { return { ...this } } }; const grow = () => ({ get next() { return grow() } });
      return [deep(5000), cyclic, new Array(2 ** 32 - 1), grow(), { length: 1 }, new Map([[cyclic, cyclic]])].map((value) => failure(() => expect(value).toBe(1)).message.length < 8193)`;
    expect(await valueWithExpect(code)).toEqual([true, true, true, true, true, true]);
  });
});

describe('values that fight back', () => {
  it('fail their assertion with what they throw, or are unreadable in its text', async () => {
    const setup = `const bad = () => { throw new Error('trap') }; const proxy = new Proxy({}, new Proxy({}, { get: () => bad }));
      const getter = { get a() { return bad() } }; const json = { toJSON: bad }; const tag = { get [Symbol.toStringTag]() { return bad() } };
      const fakes = ['Date', 'Map', 'Set', 'RegExp', 'ArrayBuffer', 'DataView', 'Error', 'Number', 'Uint8Array'].map((name) => ({ [Symbol.toStringTag]: name }));`;
    expect(
      await thrown(
        [
          ...[
            'expect(proxy).toBe(1)',
            'expect(proxy).toEqual({})',
            'expect(getter).toEqual({ a: 1 })',
            'expect(getter).toBe(1)',
          ],
          ...[
            'expect(json).toBe(1)',
            'expect(tag).toEqual({})',
            'expect(fakes).toEqual([])',
            'expect(fakes).toEqual(structuredClone(fakes))',
          ],
          ...[
            'expect(fakes).toEqual(fakes.map((one) => ({ ...one })))',
            `expect(1).toEqual({ asymmetricMatch: bad })`,
            'expect(json).toMatchInlineSnapshot()',
          ],
        ],
        setup,
      ),
    ).toEqual([
      ...[
        'AssertionError: expected [unreadable] to be 1',
        'Error: trap',
        'Error: trap',
        'AssertionError: expected [unreadable] to be 1',
      ],
      ...[
        'AssertionError: expected [unreadable] to be 1',
        'Error: trap',
        expect.stringMatching(/^AssertionError/),
      ],
      ...[expect.stringMatching(/^AssertionError/), null, 'Error: trap', 'Error: trap'],
    ]);
  });

  it('find nothing of the platform in what they are given', async () => {
    const code = `const seen = []; const spy = { asymmetricMatch(...args) { seen.push(...args); return true } };
      expect.extend({ toSpy(...args) { seen.push(this, ...Object.values(this), ...Object.values(this.utils), ...args); return { pass: true } } });
      expect.addEqualityTesters([function (...args) { seen.push(this, ...args); return undefined }]);
      expect({ a: 1 }).toStrictEqual({ a: spy }); expect(2).toSpy(3); expect(4).toEqual(expect.toSpy(5));
      const objects = seen.filter((one) => one !== null && typeof one === 'object' && one !== spy);
      const foreign = objects.filter((one) => !Object.isFrozen(one) && Object.getPrototypeOf(one) === null);
      return [foreign.length, Object.getOwnPropertySymbols(expect(1)).length, Object.keys(expect(1)).length, Reflect.ownKeys(expect).filter((key) => typeof expect[key] === 'object')]`;
    expect(await valueWithExpect(code)).toEqual([0, 0, 0, ['not']]);
  });
});

describe('a realm that its guest has changed', () => {
  const CHANGE = `const seen = []; const trap = (name) => function () { seen.push(name); throw new Error(name) };
    const names = (holder) => Reflect.ownKeys(holder).filter((key) => key !== 'constructor' && typeof Object.getOwnPropertyDescriptor(holder, key).value === 'function');
    const holders = [Array.prototype, Map.prototype, Set.prototype, Date.prototype, RegExp.prototype, String.prototype, Number.prototype, Error.prototype, Promise.prototype, Function.prototype, Object, Reflect, JSON, Math, Number];
    const changes = holders.flatMap((holder) => names(holder).filter((key) => holder !== Function.prototype || key !== Symbol.hasInstance).map((key) => [holder, key]));
    const define = Object.defineProperty; const assert = (test) => { try { test() } catch (error) { return error } };
    const report = []; const put = (value) => { report[report.length] = value }; put(0);`;

  it('still has its assertions', async () => {
    const code = `${CHANGE}
      const cases = [[{ a: [1, new Map([[1, new Set([2])]])], d: new Date(0), r: /x/g }, { a: [1, new Map([[1, new Set([2])]])], d: new Date(0), r: /x/g }]];
      const [one, other] = cases[0]; const text = 'abc'; const fail = () => { throw new TypeError('gone') };
      const left = { deep: { a: 1 } }; const right = { deep: { a: 2 } };
      define(Array.prototype, 0, { set() { seen.push('set 0') }, configurable: true });
      for (let i = 0; i < changes.length; i++) define(changes[i][0], changes[i][1], { value: trap(changes[i][1]), configurable: true, writable: true });
      const results = { __proto__: null };
      results.equal = assert(() => expect(text).toContain('b')) === undefined && assert(() => expect(fail).toThrow('gone')) === undefined && assert(() => expect(text).toMatch(/b/)) === undefined;
      const error = assert(() => expect(left).toEqual(right));
      results.message = error.message; results.expected = error.expected;
      results.property = assert(() => expect(left).toHaveProperty('deep.a', 1)) === undefined;
      results.snapshot = assert(() => expect(left).toMatchInlineSnapshot('{\\n  "deep": {\\n    "a": 1,\\n  },\\n}')) === undefined;
      beginTest(); expect.soft(1).toBe(2); results.soft = endTest().softErrors.length;
      results.seen = seen.length;
      return results`;
    const { exitReason, value, error } = await runWithExpect(code);
    expect([exitReason, error.message]).toEqual(['Completed', undefined]);
    expect(value).toEqual({
      equal: true,
      message:
        'expected {"deep": {"a": 1}} to equal {"deep": {"a": 2}}\n\n- Expected\n+ Received\n\n  {\n    "deep": {\n-     "a": 2,\n+     "a": 1,\n    },\n  }',
      expected: '{\n  "deep": {\n    "a": 2,\n  },\n}',
      ...{ property: true, snapshot: true, soft: 1, seen: 0 },
    });
  });

  it('leads no assertion by what objects inherit', async () => {
    const code = `for (const name of ['pass', 'message', 'expected', 'actual', 'shown', 'object', 'value', 'get', 'set', 'then', 'poll', 'promise', 'isNot', 'isSoft', 'note', 'cause', 'entry', 'frames']) {
        Object.defineProperty(Object.prototype, name, { __proto__: null, value: name === 'get' || name === 'set' ? undefined : 'inherited', configurable: true, writable: true }) }
      const error = failure(() => expect({ a: 1 }).toEqual({ a: 2 }));
      return { __proto__: null, message: error.message.slice(0, 40), expected: error.expected, passes: passes(() => expect(1).toBe(1)), not: passes(() => expect(1).not.toBe(1)) }`;
    expect(await valueWithExpect(code)).toEqual({
      message: 'expected {"a": 1} to equal {"a": 2}\n\n- E',
      expected: '{\n  "a": 2,\n}',
      ...{ passes: true, not: false },
    });
  });
});
