import { randomUUID } from 'node:crypto';
import {
  parser,
  resolveLimits,
  TestResultsSchema,
  type Engine as EngineName,
  type IncomingCall,
  type RunRequest,
  type RunResult,
} from '@cofferdam/protocol';
import { afterAll, describe, expect, it } from 'vitest';
import { Compiler } from '../src/compiler/client.ts';
import { DenoEngine } from '../src/engines/deno/engine.ts';
import { IsolateEngine } from '../src/engines/isolate/engine.ts';
import type { Engine } from '../src/engines/engine.ts';
import { WasmEngine } from '../src/engines/wasm/engine.ts';
import { RunService } from '../src/run-service.ts';
import { WasmModules } from '../src/wasm-modules.ts';
import { embedder } from './runtime-embedder.ts';

const unreachable = (): never => {
  throw new Error('nothing is asked of it');
};
const isolate = new IsolateEngine({
  ...{ processes: 1, maxProcesses: 2, runsPerProcess: 8, sparesPerProfile: 1, expected: [] },
});
const engines: Record<EngineName, Engine> = {
  isolate,
  deno: new DenoEngine({ spare: 0 }),
  wasm: new WasmEngine(),
};
const compiler = new Compiler();
const service = new RunService({
  ...{ engines, compiler, outerLayers: [], egress: unreachable, gateway: unreachable },
  wasmModules: new WasmModules(unreachable),
});
service.bind('test');
afterAll(async () => {
  await Promise.all(Object.values(engines).map((engine) => engine.close()));
  await compiler.close();
});

async function run(code: string, request: Partial<RunRequest> = {}): Promise<RunResult> {
  const payload: RunRequest = {
    ...{ runId: `r-${randomUUID()}`, tenant: 'test', name: 'a check', engine: 'isolate' },
    ...{ preset: 'web', reuse: 'none', mode: 'check', limits: resolveLimits({}), code },
    ...request,
  };
  const signal = new AbortController().signal;
  return await service.run({ payload, signal, emit: () => {} } as unknown as IncomingCall);
}

const parse = parser(TestResultsSchema);
const resultsOf = ({ value }: RunResult) => parse(JSON.parse(value!));

describe('a run of mode check', () => {
  it('completes where all tests pass, with the results as its value', async () => {
    const result = await run(`
      export const ignored = () => 1;
      describe('s', () => { test('a', () => expect(1).toBe(1)) });
      console.log('said');
    `);
    expect(result).toMatchObject({ exitReason: 'Completed', logs: [{ message: 'said' }] });
    expect(result.error).toBeUndefined();
    expect(result.exports).toBeUndefined();
    expect(resultsOf(result)).toMatchObject({ success: true, passed: 1 });
  });

  it('ends with TestFailure where one fails, with its results all the same', async () => {
    const result = await run(`
      const five: number[] = [1, 2, 3, 4, 5];
      test.each(five)('t%i', (n: number) => expect(n).not.toBe(2));
    `);
    expect(result).toMatchObject({
      exitReason: 'TestFailure',
      error: { name: 'TestFailure', message: '1 of 5 tests failed: t2' },
      stats: { attempts: 1 },
    });
    expect(resultsOf(result)).toMatchObject({ success: false, passed: 4, failed: 1 });
  });

  it.each([
    ['registers nothing', 'export default 1', 'No test suite found'],
    [
      'throws in a suite',
      `describe('x', () => { throw new Error('why') }); test('y', () => {})`,
      'why',
    ],
    [
      'fails after its tests',
      `test('a', () => {}); afterAll(() => { throw new Error('end') })`,
      'end',
    ],
  ])('ends with TestFailure where it %s', async (_what, code, why) => {
    const result = await run(code);
    expect([result.exitReason, result.error?.name]).toEqual(['TestFailure', 'TestFailure']);
    expect(result.error?.message).toContain(why);
    expect(resultsOf(result).success).toBe(false);
  });

  it('is an exception where the module itself throws', async () => {
    const result = await run(`test('a', () => {}); throw new RangeError('top')`);
    expect(result).toMatchObject({ exitReason: 'Exception', error: { name: 'RangeError' } });
    expect(result.value).toBeUndefined();
  });

  it('keeps to the limits of a run', async () => {
    const limits = resolveLimits({ wallTimeMs: 300, cpuTimeMs: 200 });
    const hangs = await run(`test('a', () => new Promise(() => {}), 0)`, { limits });
    expect(hangs.exitReason).toBe('WallTime');
    const loops = await run(`test('a', () => { while (true); })`, { limits });
    expect(['CpuTime', 'WallTime']).toContain(loops.exitReason);
    const large = `for (let i = 0; i < 500; i++) test('x'.repeat(200) + i, () => {})`;
    const result = await run(large, { limits: resolveLimits({ outputBytes: 65_536 }) });
    expect(result).toMatchObject({ exitReason: 'Output', error: { name: 'OutputError' } });
  });

  it('has positions of the source, and takes a warm isolate', async () => {
    const code = `type T = 1;\n\ntest('a', () => {\n  throw new Error('here');\n});`;
    await run(code, { reuse: 'script' });
    const result = await run(code, { reuse: 'script' });
    expect(result.exitReason).toBe('TestFailure');
    expect(resultsOf(result).tests[0]!.error!.stack).toMatch(/script\.ts:4:9/);
  });

  it.each(['deno', 'wasm'] as const)('is refused by the engine %s', async (engine) => {
    await expect(run(`test('a', () => {})`, { engine })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
  });

  it('leaves other runs without tests', async () => {
    const code = `export default [typeof test, typeof expect]`;
    const result = await run(code, { mode: undefined as never });
    expect(JSON.parse(result.value!)).toEqual(['undefined', 'undefined']);
  });

  it('runs as many tests as there may be', async () => {
    const limits = resolveLimits({
      ...{ outputBytes: 5 * 1024 * 1024, cpuTimeMs: 30_000, wallTimeMs: 30_000 },
    });
    const code = `for (let i = 0; i < 10_000; i++) test('test ' + i, () => { expect(i).toBe(i) })`;
    expect(resultsOf(await run(code, { limits })).passed).toBe(10_000);
  });
});

const typeOf = (event: unknown) => (event as { type: string }).type;

describe('an eval with tests', () => {
  it('needs the feature', async () => {
    const { open } = await embedder();
    const plain = await open();
    const refused = await plain.eval('export default 1', { tests: true });
    expect(refused).toMatchObject({
      exitReason: 'Exception',
      error: { message: 'This runtime has no tests' },
    });
    const tested = await open({ features: ['tests'] });
    const outcome = await tested.eval(`test('a', () => { throw 1 })`, { tests: true });
    expect(outcome.exitReason).toBe('Completed');
    expect(parse(JSON.parse(outcome.value!))).toMatchObject({ success: false, failed: 1 });
  });

  it('tells of its tests on the port before it answers', async () => {
    const { open } = await embedder();
    const runtime = await open({ features: ['tests'] });
    await runtime.eval(`test('a', () => {})`, { tests: true });
    await runtime.message(([, name, event]) => name === 'test' && typeOf(event) === 'runEnd');
    const events = runtime.messages.filter(([, name]) => name === 'test');
    expect(events.map(([, , event]) => typeOf(event))).toEqual([
      ...['runStart', 'testStart', 'testEnd', 'runEnd'],
    ]);
  });
});
