import { describe, expect, it } from 'vitest';
import { junitXml, type CreateTestRuntimeOptions, type TestEvent } from '../src/index.ts';
import { ownDaemon } from './harness.ts';

const { openHost } = ownDaemon();

async function open(options: CreateTestRuntimeOptions = {}) {
  const host = await openHost();
  const runtime = await host.createTestRuntime(options);
  const events: TestEvent[] = [];
  const unsubscribe = runtime.test.onEvent((event) => events.push(event));
  return { host, runtime, events, unsubscribe };
}

const SUITE = `
  describe('sum', () => {
    test('adds', () => expect(1 + 1).toBe(2));
    test('carries', () => expect(9 + 1).toBe(11));
    test.skip('later', () => {});
  });
`;

describe('a runtime for tests', () => {
  it('resolves with how each test ended', async () => {
    const { runtime } = await open({ key: 'example/tests' });
    const results = await runtime.run(SUITE, { filename: '/sum.test.ts', timeoutMs: 10_000 });
    expect(results).toMatchObject({
      ...{ success: false, passed: 1, failed: 1, skipped: 1, todo: 0, total: 3, errors: [] },
      tests: [
        { fullName: 'sum > adds', status: 'pass' },
        {
          ...{ name: 'carries', suitePath: ['sum'], status: 'fail' },
          error: { name: 'AssertionError', expected: '11', actual: '10' },
        },
        { fullName: 'sum > later', status: 'skip' },
      ],
    });
    expect(results.tests[1]!.error!.stack).toContain('/sum.test.ts');
  });

  it('tells of suites and tests in order, until nobody wants to hear of it', async () => {
    const { runtime, events, unsubscribe } = await open();
    const seen: string[] = [];
    runtime.test.onEvent(() => {
      throw new Error('of the listener');
    });
    await runtime.run(SUITE);
    for (const event of events) {
      if ('test' in event) seen.push(`${event.type} ${event.test.fullName}`);
      else seen.push('suite' in event ? `${event.type} ${event.suite.fullName}` : event.type);
    }
    expect(seen).toEqual([
      ...['runStart', 'suiteStart sum', 'testStart sum > adds', 'testEnd sum > adds'],
      ...['testStart sum > carries', 'testEnd sum > carries', 'testEnd sum > later'],
      ...['suiteEnd sum', 'runEnd'],
    ]);
    unsubscribe();
    const before = events.length;
    await runtime.run(SUITE);
    expect(events.length).toBe(before);
  });

  it('keeps its globals, and forgets what was registered before', async () => {
    const { runtime } = await open();
    await runtime.run(`globalThis.count = 1; test('a', () => { count++ })`, 'a.ts');
    const results = await runtime.run(`test('b', () => expect(count).toBe(2))`);
    expect(results.tests.map(({ name, status }) => [name, status])).toEqual([['b', 'pass']]);
  });

  it('has tools, a console and what the web has', async () => {
    const said: string[] = [];
    const { runtime } = await open({
      bindings: {
        console: { onEntry: ({ stdout }) => void said.push(stdout) },
        tools: { double: (n: number) => n * 2 },
      },
    });
    const results = await runtime.run(`
      beforeAll(() => console.log('before'));
      test('a tool', async () => expect(await double(4)).toBe(8));
      test('the web', () => expect(new URL('http://a/b').pathname).toBe('/b'));
    `);
    expect(results.success).toBe(true);
    expect(said).toEqual(['before']);
  });

  it('runs one module of tests at a time', async () => {
    const { runtime } = await open();
    const first = runtime.run(`test('a', () => new Promise((done) => setTimeout(done, 100)))`);
    await expect(runtime.run(SUITE)).rejects.toThrow('Tests are being run already');
    expect((await first).success).toBe(true);
    expect((await runtime.run(`test('b', () => {})`)).success).toBe(true);
  });

  it('is offered no tests where it is a plain one', async () => {
    const runtime = await (await openHost()).createRuntime();
    const code = `export default [typeof test, typeof expect, typeof describe]`;
    expect(await runtime.eval(code)).toEqual(['undefined', 'undefined', 'undefined']);
  });

  it.each([
    ['an option that there is not', { tests: true }, 'tests'],
    ['a key of the wrong type', { key: 7 }, 'key'],
    ['a key that is too long', { key: 'x'.repeat(513) }, 'key'],
    ['a tool called as a test is', { bindings: { tools: { test: () => 1 } } }, "'test'"],
  ])('refuses %s', async (_what, options, named) => {
    const host = await openHost();
    const opened = host.createTestRuntime(options as never);
    await expect(opened).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining(named) as string,
    });
    expect((await host.diagnostics()).runtimes).toBe(0);
  });

  it('refuses options of a run, and listeners, that are none', async () => {
    const { runtime } = await open();
    await expect(runtime.run('', { executionTimeout: 1 } as never)).rejects.toThrow(
      /unknown option/,
    );
    await expect(runtime.run('', { timeoutMs: 0 })).rejects.toThrow(/timeoutMs/);
    await expect(runtime.run(7 as never)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(() => runtime.test.onEvent(7 as never)).toThrow(/listener/);
  });
});

describe('tests that end badly', () => {
  it('fail a module that registers nothing', async () => {
    const { runtime } = await open();
    const results = await runtime.run('export default 1');
    expect(results).toMatchObject({ success: false, total: 0 });
    expect(results.errors[0]!.message).toContain('No test suite found');
  });

  it('reject for a module that throws or does not compile, and the runtime lives on', async () => {
    const { runtime } = await open();
    await expect(
      runtime.run(`test('a', () => {}); throw new RangeError('top')`),
    ).rejects.toMatchObject({ name: 'RangeError', message: 'top', code: 'EXCEPTION' });
    await expect(runtime.run('test(')).rejects.toMatchObject({ code: 'COMPILE_ERROR' });
    expect((await runtime.run(`test('b', () => {})`)).total).toBe(1);
  });

  it('fail for a hook that hangs, with what is behind it called', async () => {
    const said: string[] = [];
    const { runtime } = await open({
      bindings: { console: { onEntry: ({ stdout }) => void said.push(stdout) } },
    });
    const results = await runtime.run(`
      beforeAll(() => new Promise(() => {}), 30);
      afterAll(() => console.log('after'));
      test('a', () => {});
    `);
    expect(results.tests[0]).toMatchObject({
      status: 'fail',
      error: { message: 'beforeAll failed: beforeAll did not end within its 30 ms' },
    });
    expect(said).toEqual(['after']);
  });

  it('end the runtime where they never come to rest', async () => {
    const { runtime } = await open();
    const loop = runtime.run(`test('a', () => { while (true); })`, { timeoutMs: 300 });
    await expect(loop).rejects.toMatchObject({ code: 'WALL_TIME_EXCEEDED' });
    await expect(runtime.run(SUITE)).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });

  it('end with a signal: before, and in the middle of a test', async () => {
    const { runtime, events } = await open();
    await expect(runtime.run(SUITE, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(events).toEqual([]);
    const abort = new AbortController();
    runtime.test.onEvent(({ type }) => type === 'testStart' && abort.abort());
    const run = runtime.run(`test('a', () => new Promise(() => {}), 0)`, { signal: abort.signal });
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    await expect(runtime.run(SUITE)).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });

  it('end when they are disposed of', async () => {
    const { runtime, host } = await open();
    const run = runtime.run(`test('a', () => new Promise(() => {}), 0)`);
    const failed = run.catch((error: unknown) => error);
    await runtime.dispose();
    expect(await failed).toMatchObject({ code: 'RUNTIME_ENDED' });
    expect((await runtime.diagnostics()).lifecycleState).toBe('disposed');
    expect((await host.diagnostics()).runtimes).toBe(0);
  });
});

describe('hostile tests', () => {
  it('flood with thousands, each of which is told and counted', async () => {
    const { runtime, events } = await open();
    const results = await runtime.run(
      `for (let i = 0; i < 10_000; i++) test('a test with a name: ' + i, () => {})`,
      { timeoutMs: 60_000 },
    );
    expect(results).toMatchObject({ success: true, passed: 10_000 });
    const dropped = events.map((event) => (event.type === 'dropped' ? event.count : 0));
    const told = events.length + dropped.reduce((sum, count) => sum + count, 0);
    expect(told).toBeGreaterThanOrEqual(20_002);
    expect(events.at(-1)!.type).toBe('runEnd');
  }, 60_000);

  it('replace all that there is, and are still what they are', async () => {
    const { runtime } = await open();
    const results = await runtime.run(
      `
      const bad = () => { throw new Error('hostile') };
      for (const name of ['Promise', 'JSON', 'Date', 'Object', 'Array', 'setTimeout', 'Error', 'Map']) globalThis[name] = bad;
      for (const name of ['test', 'describe', 'expect', 'beforeAll']) {
        const given = globalThis[name];
        globalThis['given_' + name] = given;
        globalThis[name] = bad;
      }
      given_test('passes', () => given_expect(1).toBe(1));
      given_test('fails', () => { throw 'it' });
    `,
    );
    expect(results.tests.map(({ status }) => status)).toEqual(['pass', 'fail']);
  });

  it('cannot say that they passed by what they throw or answer', async () => {
    const { runtime } = await open();
    const results = await runtime.run(`
      Object.prototype.status = 'pass'; Object.prototype.success = true; Array.prototype.toJSON = () => [];
      test('a', () => { throw { name: 'x'.repeat(1e6), message: 'y'.repeat(1e6), stack: 'z'.repeat(1e6), toJSON: () => 1 } });
      test('b', () => { throw null });
      test('c', () => Promise.reject(new Proxy({}, { get() { throw 1 } })));
      test('d', () => ({ then(ok, no) { no('thenable') } }));
    `);
    expect(results).toMatchObject({ success: false, failed: 4 });
    expect(results.tests[0]!.error!.message.length).toBeLessThanOrEqual(8_192);
    expect(results.tests[3]!.error!.message).toBe('thenable');
  });

  it('take all the time of one test, and leave the next its own', async () => {
    const { runtime } = await open();
    const results = await runtime.run(`
      test('a', async () => { for (;;) await new Promise((done) => setTimeout(done, 1)) }, 50);
      test('b', async () => { await new Promise((done) => setTimeout(done, 5)) });
    `);
    expect(results.tests.map(({ status }) => status)).toEqual(['fail', 'pass']);
  });

  it('use up their memory, which ends the runtime', async () => {
    const { runtime } = await open({ memoryLimitMB: 32 });
    const run = runtime.run(
      `test('a', () => { const all = []; for (;;) all.push(new Array(1000).fill(1)) })`,
    );
    await expect(run).rejects.toMatchObject({ code: 'MEMORY_EXCEEDED' });
  });
});

describe('results', () => {
  it('become XML that no name or message breaks', async () => {
    const { runtime } = await open();
    const results = await runtime.run(`
      describe('<a> & "b"', () => {
        test('c\\u0000\\u001b[31m\\ud800 ]]>', () => { throw new Error('<![CDATA[ </testcase> \\u0007') });
        test.skip('d', () => {});
      });
      test('e', () => {});
    `);
    const xml = junitXml(results, { name: 'my <script>' });
    expect(xml).toContain(
      '<testsuites name="my &lt;script&gt;" tests="3" failures="1" errors="0" skipped="1"',
    );
    expect(xml).toContain('<testsuite name="&lt;a&gt; &amp; &quot;b&quot;" tests="2"');
    expect(xml).toContain('name="c[31m\ufffd ]]&gt;"');
    expect(xml).toContain('&lt;![CDATA[ &lt;/testcase&gt; ');
    // eslint-disable-next-line no-control-regex -- none of these may be in it
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
    expect(() => junitXml({} as never, { name: 'x' })).toThrow(/missing field/);
  });
});
