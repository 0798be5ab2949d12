import { describe, expect, it } from 'vitest';
import { CofferdamError, ScriptError } from '../src/index.ts';
import { ownDaemon, runtimesOn, until } from './harness.ts';

const { openHost } = ownDaemon();
const open = runtimesOn(openHost);
const LOOP = 'while (true) {}';
const HANG = 'await new Promise(() => {})';

describe('eval', () => {
  it('answers the default export where it is plain data', async () => {
    const { runtime } = await open();
    expect(await runtime.eval('export default { a: [1, null, "x"] }')).toEqual({
      a: [1, null, 'x'],
    });
    expect(await runtime.eval('export default await Promise.resolve(7)')).toBe(7);
    expect(await runtime.eval('export default () => 1')).toBeUndefined();
    expect(await runtime.eval('1 + 1')).toBeUndefined();
  });

  it('runs TypeScript, and keeps globals from one to the next', async () => {
    const { runtime } = await open();
    await runtime.eval('globalThis.count = 1 as number;', 'first.ts');
    expect(await runtime.eval('export default ++globalThis.count')).toBe(2);
  });

  it('shares nothing with another runtime', async () => {
    const { host, runtime } = await open();
    const other = await host.createRuntime();
    await runtime.eval('globalThis.secret = 1');
    expect(await other.eval('export default typeof secret')).toBe('undefined');
    expect(other.id).not.toBe(runtime.id);
  });

  it('rejects with what the guest threw: its name, message and position', async () => {
    const { runtime } = await open({ cwd: '/app' });
    const code =
      'type A = 1;\n\nclass Own extends RangeError { name = "Own" }\nthrow new Own("no");';
    const error = (await runtime.eval(code, 'thrower.ts').catch((e: unknown) => e)) as ScriptError;
    expect(error).toBeInstanceOf(ScriptError);
    expect(error).toMatchObject({ name: 'Own', message: 'no', code: 'EXCEPTION' });
    expect(error.stack).toMatch(/thrower\.ts:4:7/);
    expect(error.stack).not.toContain(process.cwd());
    expect(await runtime.eval('export default "still there"')).toBe('still there');
  });

  it('rejects with where a source does not parse', async () => {
    const { runtime } = await open();
    const error = await runtime.eval('let a = 1;\nlet a = ;', '/b.ts').catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'SyntaxError', code: 'COMPILE_ERROR', line: 2 });
    expect(await runtime.eval('export default 1')).toBe(1);
  });

  it('ends a runtime that takes longer than it may, and says so afterwards', async () => {
    const { runtime } = await open({ executionTimeout: 30_000 });
    const slow = runtime.eval(HANG, { executionTimeout: 100 });
    await expect(slow).rejects.toMatchObject({ code: 'WALL_TIME_EXCEEDED' });
    await expect(runtime.eval('1')).rejects.toMatchObject({
      code: 'RUNTIME_ENDED',
      message: expect.stringMatching(/time/i) as string,
    });
    const { runtime: looping } = await open({ executionTimeout: 200 });
    await expect(looping.eval(LOOP)).rejects.toMatchObject({
      code: expect.stringMatching(/^(CPU|WALL)_TIME_EXCEEDED$/) as string,
    });
  });

  it('ends a runtime that takes more memory than it may, and no other', async () => {
    const { host, runtime } = await open({ memoryLimitMB: 16 });
    const other = await host.createRuntime();
    await other.eval('globalThis.kept = 5');
    const greedy = runtime.eval('const all = []; for (;;) all.push(new Array(1e5).fill(1.5))');
    await expect(greedy).rejects.toMatchObject({ code: 'MEMORY_EXCEEDED' });
    await expect(runtime.eval('1')).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    expect(await other.eval('export default kept')).toBe(5);
  });

  it('refuses a wrong option by its name, and starts nothing', async () => {
    const { host, runtime } = await open();
    await expect(runtime.eval(5 as never)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const wrong = runtime.eval('globalThis.ran = 1', { timeout: 5 } as never);
    await expect(wrong).rejects.toThrow("unknown option 'timeout'");
    expect(await runtime.eval('export default typeof ran')).toBe('undefined');
    await expect(host.createRuntime({ memory: 1 } as never)).rejects.toThrow("'memory'");
  });
});

describe('a signal', () => {
  it('that is aborted already starts nothing and ends nothing', async () => {
    const { runtime } = await open();
    const signal = AbortSignal.abort(new Error('changed my mind'));
    const error = await runtime.eval('globalThis.ran = 1', { signal }).catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'AbortError', cause: { message: 'changed my mind' } });
    expect(await runtime.eval('export default typeof ran')).toBe('undefined');
  });

  it.each([
    ['a loop', LOOP],
    ['a promise that never settles', HANG],
  ])('that aborts ends %s and its runtime', async (_name, code) => {
    const { host, runtime } = await open();
    const other = await host.createRuntime();
    const abort = new AbortController();
    const running = runtime.eval(code, { signal: abort.signal });
    await until(async () => (await runtime.diagnostics()).activeRequests === 1);
    abort.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await expect(runtime.eval('1 + 1')).rejects.toMatchObject({
      code: 'RUNTIME_ENDED',
      message: expect.stringContaining('an eval was aborted') as string,
    });
    expect(await runtime.diagnostics()).toMatchObject({ activeRequests: 0 });
    expect(await host.diagnostics()).toMatchObject({ runtimes: 1 });
    expect(await other.eval('export default 1')).toBe(1);
  });

  it('that aborts afterwards does nothing', async () => {
    const { runtime } = await open();
    const abort = new AbortController();
    await runtime.eval('1', { signal: abort.signal });
    abort.abort();
    expect(await runtime.eval('export default 2')).toBe(2);
  });
});

describe('dispose', () => {
  it('ends a runtime once, however often it is asked', async () => {
    const { host, runtime } = await open();
    await Promise.all([runtime.dispose(), runtime.dispose({ hard: true }), runtime.dispose()]);
    await runtime.dispose();
    expect(await runtime.diagnostics()).toMatchObject({ lifecycleState: 'disposed' });
    expect(await host.diagnostics()).toMatchObject({ runtimes: 0 });
    await expect(runtime.eval('1')).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });

  it('in the middle of an eval rejects it, with the reason', async () => {
    const { runtime } = await open();
    const running = runtime.eval(LOOP);
    running.catch(() => {});
    await until(async () => (await runtime.diagnostics()).activeRequests === 1);
    await runtime.dispose({ reason: 'the page was closed' });
    const over = { code: 'RUNTIME_ENDED', message: 'the runtime is over: the page was closed' };
    await expect(running).rejects.toMatchObject(over);
    await expect(runtime.eval('1')).rejects.toMatchObject(over);
  });
});

describe('diagnostics', () => {
  it('tell what a runtime is doing and what failed last', async () => {
    const { host, runtime } = await open();
    await runtime.eval('throw new TypeError("oh")').catch(() => {});
    const told = await runtime.diagnostics();
    expect(told).toMatchObject({
      runtimeId: runtime.id,
      lifecycleState: 'active',
      activeRequests: 0,
      activeResources: 0,
      pendingFetches: 0,
      pendingTools: 0,
      streamCount: 0,
      lastError: { name: 'TypeError', message: 'oh', code: 'EXCEPTION' },
      guestEvals: 1,
    });
    expect(told.guestCpuTimeMs).toBeGreaterThanOrEqual(0);
    expect(await host.diagnostics()).toEqual({ runtimes: 1, servers: 0, connected: true });
  });
});

describe('a closed host', () => {
  it('has disposed of its runtimes and opens no more', async () => {
    const { host, runtime } = await open();
    const running = runtime.eval(HANG);
    running.catch(() => {});
    await host.close();
    await host.close();
    await expect(running).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    await expect(runtime.eval('1')).rejects.toThrow('the host was closed');
    await expect(host.createRuntime()).rejects.toBeInstanceOf(CofferdamError);
    expect(await host.diagnostics()).toEqual({ runtimes: 0, servers: 0, connected: false });
  });
});
