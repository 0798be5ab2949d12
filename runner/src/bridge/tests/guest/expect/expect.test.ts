import { describe, expect, it } from 'vitest';
import { valueWithExpect } from '../../../../../test/expect-realm.ts';

const messages = (assertions: string[]) =>
  valueWithExpect(
    `return [${assertions.map((one) => `() => ${one}`).join(',\n')}].map((one) => failure(one)?.message)`,
  );

describe('what an assertion says when it does not hold', () => {
  it('is a sentence about what was expected', async () => {
    const told: [string, string][] = [
      ['expect(1).toBe(2)', 'expected 1 to be 2'],
      [`expect('a').not.toBe('a', 1)`, 'expected "a" not to be "a"'],
      [`expect(1, 'the count').toBe(2)`, 'the count: expected 1 to be 2'],
      ['expect(0).toBeTruthy()', 'expected 0 to be truthy'],
      ['expect(1).not.toBeDefined()', 'expected 1 not to be defined'],
      ['expect(1).toBeGreaterThan(2n)', 'expected 1 to be greater than 2n'],
      [
        `expect('1').toBeLessThan(2)`,
        'toBeLessThan: the received value has to be a number or bigint, and is "1"',
      ],
      [
        'expect(1).toBeCloseTo(2)',
        'expected 1 to be close to 2: they differ by 1, of less than 0.005',
      ],
      ['expect([]).toBeInstanceOf(Map)', 'expected [] to be an instance of Map'],
      ['expect([]).toBeInstanceOf(1)', 'toBeInstanceOf: needs a class, not 1'],
      [`expect('text').toMatch(/y/)`, 'expected "text" to match /y/'],
      [`expect('text').toContain('y')`, 'expected "text" to contain "y"'],
      ['expect({}).toContain(1)', 'toContain: needs an array or another iterable, and got {}'],
      ['expect([1, 2]).toHaveLength(3)', 'expected [1, 2] to have length 3, but it has 2'],
      ['expect(1).toHaveLength(1)', 'toHaveLength: 1 has no length'],
      [`expect({ a: 1 }).toHaveProperty('b')`, 'expected {"a": 1} to have property "b"'],
      [
        `expect({ a: 1 }).toHaveProperty('a', 2)`,
        'expected {"a": 1} to have property "a" with value 2',
      ],
      [
        'expect(() => {}).toThrow()',
        'expected [Function anonymous] to throw anything, and it threw nothing',
      ],
      [
        `expect(function f() { throw new Error('x') }).not.toThrow(Error)`,
        'expected [Function f] not to throw an instance of Error, and it threw [Error: x]',
      ],
      [
        'expect(async () => {}).toThrow()',
        'toThrow: the function answers a promise: use expect(fn()).rejects or .resolves',
      ],
      ['expect(5).toBeOneOf([1, 2])', 'expected 5 to be one of [1, 2]'],
      [
        `expect(5).toSatisfy((n) => n > 5, 'more than five')`,
        'expected 5 to satisfy more than five',
      ],
      [`expect(1).toBeTypeOf('string')`, 'expected 1 to be of type "string"'],
      [
        'expect({ a: 1 }).toBe({ a: 1 })',
        'expected {"a": 1} to be {"a": 1} (they are not the same object; toStrictEqual compares what they hold)',
      ],
      [
        'expect([undefined]).toBe([,])',
        'expected [undefined] to be [] (they are not the same object; toEqual compares what they hold)\n\n- Expected\n+ Received\n\n  [\n-   ,\n+   undefined,\n  ]',
      ],
      ['expect.unreachable()', 'expected this not to be reached'],
      [
        'expect(() => {}).toHaveBeenCalledWith(1)',
        'toHaveBeenCalledWith is not there: a sandbox has no mock functions: let a function of your own count its calls',
      ],
      [
        `expect('a\\nb').toBe('a\\nc')`,
        'expected "a\\nb" to be "a\\nc"\n\n- Expected\n+ Received\n\n  a\n- c\n+ b',
      ],
      [
        `expect({ a: 1, b: new Error('x') }).toEqual({ a: 1, b: expect.any(Number) })`,
        'expected {"a": 1, "b": [Error: x]} to equal {"a": 1, "b": Any<Number>}\n\n- Expected\n+ Received\n\n  {\n    "a": 1,\n-   "b": Any<Number>,\n+   "b": Error {\n+     "message": "x",\n+   },\n  }',
      ],
    ];
    expect(await messages(told.map(([assertion]) => assertion))).toEqual(
      told.map(([, text]) => text),
    );
  });

  it('shows of long values what differs, with some lines around it', async () => {
    const code = `const list = Array.from({ length: 60 }, (_, i) => i); const other = list.with(30, 'x');
      return failure(() => expect(list).toEqual(other)).message.split('\\n').slice(5)`;
    expect(await valueWithExpect(code)).toEqual([
      ...[
        '  … 28 lines alike',
        '    27,',
        '    28,',
        '    29,',
        '-   "x",',
        '+   30,',
        '    31,',
        '    32,',
        '    33,',
      ],
      '  … 27 lines alike',
    ]);
  });

  it('is an AssertionError with what was compared, and where', async () => {
    const code = `function mine() { expect({ a: 1 }).toEqual({ a: 2 }) }
      const error = failure(mine);
      return [error instanceof Error, error.name, error.matcherName, error.expected, error.actual, Object.keys(error), error.stack.split('\\n').filter((line) => line.includes(' at '))[0].slice(0, 21)]`;
    expect(await valueWithExpect(code)).toEqual([
      ...[
        true,
        'AssertionError',
        'toEqual',
        '{\n  "a": 2,\n}',
        '{\n  "a": 1,\n}',
        [],
        '    at mine (script.j',
      ],
    ]);
  });

  it('is bounded, whatever the values are', async () => {
    const code = `const long = 'x\\n'.repeat(100_000) + '\\ud800'; const wide = Array.from({ length: 100_000 }, (_, i) => ({ i }));
      expect.extend({ ['n'.repeat(1000)]: () => ({ pass: false, message: () => long }) });
      const errors = [() => expect(long).toBe('y' + long), () => expect(wide).toEqual([]), () => expect(1, long).toBe(2), () => expect(long).toHaveProperty(long), () => expect(() => { throw new Error(long) }).toThrow(long + 'y'), () => expect(1)['n'.repeat(1000)](), () => expect(wide).toMatchInlineSnapshot()].map(failure);
      return errors.map((e) => [e.message.length <= 8192, (e.expected ?? '').length <= 2048, (e.actual ?? '').length <= 2048, (e.matcherName ?? '').length <= 128, e.message.isWellFormed()].every(Boolean) || e.message.length)`;
    expect(await valueWithExpect(code)).toEqual([true, true, true, true, true, true, true]);
  });
});

describe('what a test announces', () => {
  it('is counted', async () => {
    const code = `const end = (body) => { beginTest(); body(); return endTest().failure?.message ?? null };
      return [end(() => { expect.assertions(2); expect(1).toBe(1) }), end(() => { expect.assertions(1); expect(1).toBe(1) }), end(() => expect.assertions(0)),
        end(() => expect.hasAssertions()), end(() => { expect.hasAssertions(); expect(1).toBe(1) }), end(() => {})]`;
    expect(await valueWithExpect(code)).toEqual([
      'expected 2 assertions to be made, but there were 1',
      ...[null, null, 'expected any assertion to be made, but there was none', null, null],
    ]);
  });

  it('goes on after soft failures, which are kept for its end', async () => {
    const code = `beginTest(); expect.soft(1).toBe(2); expect.soft(1, 'note').toBe(1); expect.soft([]).not.toEqual([]); await expect.soft(Promise.resolve(1)).resolves.toBe(3);
      const { softErrors, failure: none } = endTest(); const told = []; for (let i = 0; i < softErrors.length; i++) told.push(softErrors[i].message);
      beginTest(); for (let i = 0; i < 250; i++) expect.soft(i).toBe(-1); const many = endTest().softErrors;
      beginTest(); const after = endTest().softErrors.length;
      return [told, none, many.length, many[100].message, after, failure(() => expect.soft(1)).message]`;
    expect(await valueWithExpect(code)).toEqual([
      ['expected 1 to be 2', 'expected [] not to equal []', 'expected 1 to be 3'],
      ...[
        null,
        101,
        '150 more soft assertions failed',
        0,
        'expect.soft() needs a test to fail at its end',
      ],
    ]);
  });
});

describe('matchers of others', () => {
  it('of the author have what Jest gives them', async () => {
    const code = `expect.extend({
        toBeWithin(received, low, high) { return { pass: received >= low && received <= high, message: () => this.utils.printReceived(received) + (this.isNot ? ' is' : ' is not') + ' within', expected: low, actual: received } },
        toLook(received, expected) { const testers = [(a, b) => typeof a === 'string' && typeof b === 'string' ? a.toLowerCase() === b.toLowerCase() : undefined];
          return { pass: this.equals(received, expected, testers) } },
        toHold(received, expected) { return { pass: this.equals(received, expected, [...this.customTesters, this.utils.iterableEquality, this.utils.subsetEquality]), message: 'no' } },
        toBeBad() { return 5 } });
      const error = failure(() => expect(9).toBeWithin(1, 5));
      return [passes(() => expect(3).toBeWithin(1, 5)), error.message, error.name, error.matcherName, error.expected, error.actual, failure(() => expect(3).not.toBeWithin(1, 5)).message,
        passes(() => expect({ n: 3 }).toEqual({ n: expect.toBeWithin(1, 5) })), passes(() => expect({ n: 3 }).toEqual({ n: expect.not.toBeWithin(1, 5) })),
        passes(() => expect({ a: 'X' }).toLook({ a: 'x' })), passes(() => expect('X').toEqual('x')), failure(() => expect('X').toLook('y')).message, passes(() => expect({ a: 1, b: 2 }).toHold({ a: 1 })),
        failure(() => expect(1).toBeBad()).message, failure(() => expect({ n: 1 }).toEqual({ n: expect.toBeWithin(2, 3) })).message, failure(() => expect.extend({ not() {} })).message]`;
    expect(await valueWithExpect(code)).toEqual([
      ...[
        true,
        '9 is not within',
        'AssertionError',
        'toBeWithin',
        '1',
        '9',
        '3 is within',
        true,
        false,
        true,
        false,
        'toLook did not hold',
        true,
      ],
      'the matcher toBeBad has to answer { pass, message }',
      'expected {"n": 1} to equal {"n": toBeWithin<2, 3>}\n\n- Expected\n+ Received\n\n  {\n-   "n": toBeWithin<2, 3>,\n+   "n": 1,\n  }',
      'expect.extend(): not cannot be a matcher',
    ]);
  });

  it('of the platform apply to their own values, in the order of their adding', async () => {
    const code = `addMatchers({ toHaveTitle: (received, args) => received?.page ? { pass: received.page === args[0], message: () => 'page' } : undefined });
      addMatchers({ toHaveTitle: (received, args) => received?.frame ? { pass: received.frame === args[0], message: () => 'frame', shown: () => ({ expected: 'e', actual: 'a' }) } : undefined });
      const error = failure(() => expect({ frame: 1 }).toHaveTitle(2));
      return [passes(() => expect({ page: 1 }).toHaveTitle(1)), failure(() => expect({ page: 1 }).toHaveTitle(2)).message, error.message, error.expected, error.actual, failure(() => expect('x').not.toHaveTitle(1)).message]`;
    expect(await valueWithExpect(code)).toEqual([
      ...[true, 'page', 'frame', 'e', 'a', 'toHaveTitle does not apply to "x"'],
    ]);
  });

  it('of equality are asked before ours', async () => {
    const code = `class Money { constructor(n, note) { this.n = n; this.note = note } }
      expect.addEqualityTesters([(a, b) => a instanceof Money && b instanceof Money ? a.n === b.n : undefined]);
      return [passes(() => expect([new Money(1, 'a')]).toEqual([new Money(1, 'b')])), passes(() => expect(new Money(1)).toEqual(new Money(2))), passes(() => expect({ a: 1 }).toEqual({ a: 1 }))]`;
    expect(await valueWithExpect(code)).toEqual([true, false, true]);
  });
});

describe('where it differs from Vitest', () => {
  it('compares more', async () => {
    const code = `const bytes = (...values) => new Uint8Array(values).buffer; const ring = () => { const a = []; a.push(a); return a };
      return [passes(() => expect(bytes(1)).toEqual(bytes(2))), passes(() => expect(bytes(1)).toEqual(bytes(1))), passes(() => expect({ v: new DataView(bytes(1)) }).toEqual({ v: new DataView(bytes(2)) })),
        passes(() => expect(new Set([{ a: 1, b: undefined }])).toStrictEqual(new Set([{ a: 1 }]))), passes(() => expect(ring()).toMatchObject(ring())),
        passes(() => expect({ [Symbol.for('k')]: undefined }).toEqual({ [Symbol.for('k')]: undefined })), passes(() => expect(1).not.toThrow(Error))]`;
    expect(await valueWithExpect(code)).toEqual([false, true, false, false, true, true, false]);
  });
});
