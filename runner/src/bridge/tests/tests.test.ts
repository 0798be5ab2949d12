import { describe, expect, it } from 'vitest';
import { check, lines, orderOf } from '../../../test/check-guest.ts';
import { runGuest } from '../../../test/isolate-harness.ts';

describe('tests of a guest', () => {
  it('are registered, run and counted', async () => {
    const results = await check(`
      test('adds', () => expect(1 + 1).toBe(2));
      describe('outer', () => {
        it('waits', async () => { await null; });
        describe('inner', () => { test('fails', () => { throw new RangeError('why') }) });
        test.skip('left out', () => { throw new Error() });
        test.todo('later');
        test('has no body');
      });
    `);
    expect(lines(results)).toEqual([
      'adds: pass',
      'outer > waits: pass',
      'outer > inner > fails: fail (why)',
      'outer > left out: skip',
      'outer > later: todo',
      'outer > has no body: todo',
    ]);
    const { passed, failed, skipped, todo, total, success } = results;
    expect({ passed, failed, skipped, todo, total, success }).toEqual({
      ...{ passed: 2, failed: 1, skipped: 1, todo: 2, total: 6, success: false },
    });
    expect(results.tests[2]).toMatchObject({
      name: 'fails',
      suitePath: ['outer', 'inner'],
      error: { name: 'RangeError', stack: expect.stringContaining('script.js') as string },
    });
    expect(results.suites.map((suite) => [suite.fullName, suite.path, suite.depth, suite.passed]))
      // An inner suite ends before the outer one does.
      .toEqual([
        ['outer > inner', ['outer'], 1, 0],
        ['outer', [], 0, 1],
      ]);
    expect(results.suites[1]).toMatchObject({ failed: 1, skipped: 1, todo: 2 });
  });

  it('call hooks in the order of vitest', async () => {
    const order = await orderOf(`
      const say = (text) => () => console.log(text);
      beforeAll(say('A1')); beforeAll(() => { console.log('A2'); return say('A2 after') });
      beforeEach(say('E1')); beforeEach(() => { console.log('E2'); return say('E2 after') });
      afterEach(say('e1')); afterEach(say('e2'));
      afterAll(say('a1')); afterAll(say('a2'));
      test('one', say('one'));
      describe('inner', () => {
        console.log('body');
        beforeAll(say('IA')); afterAll(say('ia')); beforeEach(say('IE')); afterEach(say('ie'));
        test('two', say('two'));
      });
      describe('nothing runs', () => { beforeAll(say('never')); test.skip('x', say('never')) });
      console.log('module');
    `);
    expect(order.join(' ')).toBe(
      'module body A1 A2 E1 E2 one e2 e1 E2 after IA E1 E2 IE two ie e2 e1 E2 after ia a2 a1 A2 after',
    );
  });

  it('are left out beside those with only', async () => {
    const results = await check(`
      test('a', () => {});
      test.only('b', () => {});
      describe('c', () => { test('d', () => {}); test.only('e', () => {}) });
      describe.only('f', () => { test('g', () => {}); describe('h', () => { test('i', () => {}) }) });
      describe.only('j', () => { test('k', () => {}); test.only('l', () => {}); test.skip('m', () => {}) });
      describe.skip('n', () => { test.only('o', () => {}) });
    `);
    const ran = results.tests.filter(({ status }) => status === 'pass').map(({ name }) => name);
    expect(ran).toEqual(['b', 'e', 'g', 'i', 'l']);
    expect(results.skipped).toBe(5);
  });

  it('are made of cases', async () => {
    const results = await check(`
      test.each([[1, 2, 3], [2, 2, 4]])('%i + %s = %d (%#, %$, 100%%)', (a, b, sum) => expect(a + b).toBe(sum));
      test.each([{ a: 1, b: { c: 'x' } }])('$a $b.c $none $#', ({ a, b }) => expect([a, b.c]).toEqual([1, 'x']));
      test.each(['x', 'y'])('%j %o', (x, context) => expect([typeof x, typeof context.skip]).toEqual(['string', 'function']));
      test.for([[1, 2]])('%s', ([a, b], { expect }) => expect(a + b).toBe(3));
      test.each\`
        a    | b    | sum
        \${1} | \${2} | \${3}
        \${4} | \${5} | \${9}
      \`('$a + $b', ({ a, b, sum }) => expect(a + b).toBe(sum));
      describe.each(['s', 't'])('suite %s', (name) => { test('in it', () => expect(name.length).toBe(1)) });
    `);
    expect(lines(results)).toEqual([
      '1 + 2 = 3 (0, 1, 100%): pass',
      '2 + 2 = 4 (1, 2, 100%): pass',
      '1 x undefined 0: pass',
      `"x" %o: pass`,
      `"y" %o: pass`,
      '1: pass',
      '1 + 2: pass',
      '4 + 5: pass',
      'suite s > in it: pass',
      'suite t > in it: pass',
    ]);
  });

  it('may be tried again, be to fail, or skip themselves', async () => {
    const results = await check(`
      let tries = 0;
      test('third time', { retry: 3 }, () => { if (++tries < 3) throw new Error(tries) });
      test('never', () => { throw new Error('no') }, { retry: 2 });
      test.fails('wrong', () => { throw new Error() });
      test.fails('right', () => {});
      test('skips', ({ skip }) => { skip(); throw new Error() });
      test.skipIf(true)('not here', () => {});
      test.runIf(true)('here', () => {});
      describe('all of it', { retry: 1 }, () => { let n = 0; test('x', () => { if (!n++) throw new Error() }) });
      test.skip.each([1])('not %s', () => {});
    `);
    expect(lines(results)).toEqual([
      'third time: pass',
      'never: fail (no)',
      'wrong: pass',
      'right: fail (The test was to fail, and did not)',
      'skips: skip',
      'not here: skip',
      'here: pass',
      'all of it > x: pass',
      'not 1: skip',
    ]);
    expect(results.tests.map(({ retries }) => retries ?? 0)).toEqual([2, 2, 0, 0, 0, 0, 0, 1, 0]);
  });

  it('fail when they take too long, and the next one runs', async () => {
    const results = await check(`
      test('hangs', () => new Promise(() => {}), 20);
      test('is late', async () => { await new Promise((done) => setTimeout(done, 500)) }, { timeout: 10 });
      test('works too long', () => { const until = Date.now() + 30; while (Date.now() < until); }, 10);
      describe('of the suite', { timeout: 10 }, () => { test('x', () => new Promise(() => {})) });
      test('goes on', () => {});
    `);
    expect(lines(results)).toEqual([
      'hangs: fail (The test did not end within its 20 ms)',
      'is late: fail (The test did not end within its 10 ms)',
      'works too long: fail (The test did not end within its 10 ms)',
      'of the suite > x: fail (The test did not end within its 10 ms)',
      'goes on: pass',
    ]);
  });

  it('fail where a hook before them does, with those behind it called all the same', async () => {
    const results = await check(`
      describe('hangs', () => {
        beforeAll(() => new Promise(() => {}), 20);
        afterAll(() => console.log('after all'));
        test('a', () => {}); test.skip('b', () => {});
        describe('inner', () => { test('c', () => {}) });
      });
      describe('each', () => {
        beforeEach(() => { throw new Error('first') });
        afterEach(() => console.log('after each'));
        test('d', () => console.log('never'));
      });
      describe('late', () => { afterEach(() => { throw new Error('then') }); test('e', () => {}) });
      describe('last', () => { afterAll(() => { throw new Error('end') }); test('f', () => {}) });
    `);
    const why = 'beforeAll of "hangs" failed: beforeAll of "hangs" did not end within its 20 ms';
    expect(lines(results)).toEqual([
      `hangs > a: fail (${why})`,
      'hangs > b: skip',
      `hangs > inner > c: fail (${why})`,
      'each > d: fail (first)',
      'late > e: fail (then)',
      'last > f: pass',
    ]);
    expect(results.errors.map(({ message }) => message)).toEqual(['afterAll of "last": end']);
  });

  it('fail for soft assertions, and for those that were announced and not made', async () => {
    const results = await check(`
      test('soft', () => { expect.soft(1).toBe(2); expect.soft(3).toBe(4) });
      test('counted', () => { expect.assertions(2); expect(1).toBe(1) });
      test('in hooks too', () => { expect.assertions(1); expect(1).toBe(1) });
    `);
    expect(results.tests.map(({ status }) => status)).toEqual(['fail', 'fail', 'pass']);
    expect(results.tests[0]!.error!.message).toMatch(/1 more assertions failed/);
    expect(results.tests[0]!.error).toMatchObject({ expected: '2', actual: '1' });
  });
});

describe('a module of tests that is wrong', () => {
  it.each([
    ['registers nothing', '', 'Nothing to test: No test suite found'],
    ['has an empty suite', `describe('x', () => {}); test('y', () => {})`, 'describe "x": No test'],
    [
      'throws in a suite',
      `describe('x', () => { test('y', () => {}); throw new Error('z') })`,
      'z',
    ],
    ['has an asynchronous suite', `describe('x', async () => {}); test('y', () => {})`, 'asynch'],
    [
      'has an error that nobody catches',
      `test('x', () => new Promise((done) => { setTimeout(() => { done(); throw new Error('u') }) }))`,
      'Nobody caught: u',
    ],
    [
      'nests too deep',
      `const go = (n) => n > 40 || describe('s', () => go(n + 1)); go(0); test('x', () => {})`,
      'deeper than 32',
    ],
    [
      'has too many tests',
      `describe('m', () => { for (;;) test('x', () => {}) })`,
      'more than 10000 tests',
    ],
    [
      'has names without end',
      `describe('m', () => { const x = 'x'.repeat(512); for (;;) test(x, () => {}) })`,
      'more than|longer than',
    ],
  ])(
    '%s',
    async (_what, code, message) => {
      const results = await check(code, { limits: { outputBytes: 5 * 1024 * 1024 } });
      expect(results.success).toBe(false);
      expect(results.errors[0]?.message).toMatch(new RegExp(message));
    },
    20_000,
  );

  it.each([
    ['throws', `throw new Error('top')`, 'top'],
    ['gives a text for a body', `test('x', 'y')`, 'options of a test'],
    ['has options of the wrong type', `test('x', { retry: -1 }, () => {})`, 'retry'],
    ['uses what there is not', `test.concurrent('x', () => {})`, 'not a function'],
  ])('%s: fails as a module', async (_what, code, message) => {
    const { exitReason, error } = await runGuest(code, { form: 'check' });
    expect(exitReason).toBe('Exception');
    expect(error.message).toMatch(message);
  });

  it('cannot register tests from within one', async () => {
    const results = await check(`test('x', () => { test('y', () => {}) })`);
    expect(lines(results)).toEqual(['x: fail (test() cannot be called while tests run)']);
  });

  it('says in one line what failed', async () => {
    const { exitReason, error } = await runGuest(
      `describe('s', () => { test.each([1, 2, 3])('t%i', (n) => expect(n).toBe(2)) })`,
      { form: 'check' },
    );
    expect([exitReason, error.name, error.message]).toEqual([
      ...['TestFailure', 'TestFailure', '2 of 3 tests failed: s > t1, s > t3'],
    ]);
  });
});

describe('a hostile module of tests', () => {
  const HOSTILE = `
    const bad = () => { throw new Error('hostile') };
    Promise.prototype.constructor = bad; Promise.resolve = bad;
    globalThis.Promise = bad; JSON.stringify = bad; globalThis.JSON = undefined; globalThis.Date = bad;
    Array.prototype.push = bad; Array.prototype[Symbol.iterator] = bad; Map.prototype.get = bad;
    Function.prototype.call = bad; Function.prototype.apply = bad; Object.defineProperty = bad;
    Object.prototype.only = true; Object.prototype.skip = true; Object.prototype.then = 5;
    Object.prototype.status = 'pass'; Object.prototype.failed = false; Object.prototype.toJSON = bad;
    Object.prototype[0] = 'guest'; Object.prototype[1] = 'guest';
    globalThis.setTimeout = bad; globalThis.clearTimeout = bad; String.prototype.slice = bad;
  `;

  it('changes what it likes, and its results are what they are', async () => {
    const results = await check(`${HOSTILE}
      test('passes', () => {});
      test('fails', () => { throw new Error('as it should') });
      test('hangs', () => ({ then() {} }), 20);
      test('throws a trap', () => { throw new Proxy({}, { get: bad, getPrototypeOf: bad }) });
      test('answers a trap', () => new Proxy({}, { get: bad }));
    `);
    expect(results.tests.map(({ name, status }) => `${name} ${status}`)).toEqual([
      ...['passes pass', 'fails fail', 'hangs fail', 'throws a trap fail', 'answers a trap fail'],
    ]);
  });

  it('has no promise chains, and its tests end all the same', async () => {
    const results = await check(`
      Promise.prototype.then = () => { throw new Error('hostile') };
      test('passes', async () => { await null });
      test('fails', async () => { await null; expect(1).toBe(2) });
      test('rejects', () => Promise.reject(new Error('x')));
    `);
    expect(results.tests.map(({ status }) => status)).toEqual(['pass', 'fail', 'fail']);
  });

  it('makes no message longer than it may be', async () => {
    const results = await check(
      `
      const long = 'x'.repeat(100_000);
      test(long, () => { const error = new Error(long); error.stack = long; error.name = long; error.actual = long; throw error });
      test('soft', () => { for (let i = 0; i < 3; i++) expect.soft(long, long).toBe('y' + long) });
      for (let i = 0; i < 2000; i++) test('t' + i, () => { throw new Error('y'.repeat(20_000)) });
    `,
      { limits: { outputBytes: 4 * 1024 * 1024 } },
    );
    expect(results.failed).toBe(2002);
    expect(JSON.stringify(results).length).toBeLessThan(4 * 1024 * 1024);
  });

  it('finds no way to what runs the tests', async () => {
    const results = await check(`
      test('x', (context) => {
        expect(Object.keys(context)).toEqual(['task', 'expect', 'skip']);
        for (const name of ['reset', 'run', 'uncaught', 'addMatchers']) expect(name in globalThis).toBe(false);
        expect(Object.getOwnPropertyNames(test).sort()).toEqual(['each', 'fails', 'for', 'length', 'name', 'only', 'runIf', 'skip', 'skipIf', 'todo']);
      });
    `);
    expect(lines(results)).toEqual(['x: pass']);
  });

  it.each(['minimal', 'compute', 'data', 'agent', 'web'] as const)(
    'runs in preset %s',
    async (preset) => {
      const results = await check(
        `test('x', () => expect({ a: 1 }).toEqual({ a: 1 })); test('y', () => new Promise(() => {}), 10)`,
        { preset },
      );
      expect(results.tests.map(({ status }) => status)).toEqual(['pass', 'fail']);
    },
  );
});
