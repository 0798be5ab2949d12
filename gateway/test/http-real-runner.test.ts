import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpRig, type HttpRig } from './http-rig.ts';
import { tempDir } from './peer.ts';
import { onMissing, startEgress, startRunner, stop } from './processes.ts';

/** `(func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)` */
const ADD = Buffer.from(
  '0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b',
  'hex',
).toString('base64');

let dir: string;
let egress: Awaited<ReturnType<typeof startEgress>>;
let rig: HttpRig;
const runners: ChildProcess[] = [];

beforeAll(async () => {
  dir = await tempDir();
  egress = await startEgress(dir);
  rig = await httpRig({}, { control: egress.control });
  const { socketPath } = rig;
  const { core } = rig.gateway;
  core.registry.attach({
    demand: onMissing(() =>
      runners.push(startRunner(core.registry, { gateway: socketPath, egress: egress.socket })),
    ),
    discard: () => {},
  });
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await Promise.all([...runners, egress.process].map(stop));
  await rm(dir, { recursive: true });
});

async function expectServed(): Promise<void> {
  const { status, body } = await rig.post('/execute', { code: 'return 6 * 7' });
  expect([status, body.result]).toEqual([200, 42]);
}

describe('the service as its clients know it', () => {
  it('runs the first example of isolate-service', async () => {
    const { status, body } = await rig.post('/execute', {
      code: 'return env.prices.reduce((a,b) => a+b, 0) / env.prices.length',
      preset: 'compute',
      env: { prices: [83.5, 84.2, 82.1] },
      timeout: 5000,
    });
    expect(status).toBe(200);
    expect(body.success).toBe(true);
    expect(body.result).toBeCloseTo(83.27, 2);
  });

  it('gives env and input as the same object, unless both are sent', async () => {
    const code = 'return [env === input, env, input]';
    const same = await rig.post('/execute', { code, env: { a: 1 } });
    expect(same.body.result).toEqual([true, { a: 1 }, { a: 1 }]);
    const both = await rig.post('/execute', { code, env: { a: 1 }, input: 2 });
    expect(both.body.result).toEqual([false, { a: 1 }, 2]);
    const data = await rig.post('/deno', { code, data: { b: 2 } });
    expect(data.body.result).toEqual([true, { b: 2 }, { b: 2 }]);
  });

  it('keeps __proto__ as data all the way', async () => {
    const code =
      'return [Object.keys(env), ({}).polluted === undefined, env.polluted === undefined]';
    const { body } = await rig.post(
      '/execute',
      `{"code":"${code}","env":{"__proto__":{"polluted":1}}}`,
    );
    expect(body.result).toEqual([['__proto__'], true, true]);
  });

  it('validates', async () => {
    expect((await rig.post('/validate', { code: 'return 1' })).body.valid).toBe(true);
    const { status, body } = await rig.post('/validate', { code: 'const x =\n  = 1' });
    expect([status, body.valid, body.line]).toEqual([422, false, 2]);
    expect(body.error).toEqual(expect.any(String));
  });

  it('compiles and runs WebAssembly', async () => {
    const compiled = await rig.post('/wasm/compile', { bytes: ADD, id: 'add' });
    expect(compiled.body).toMatchObject({
      moduleId: 'add',
      exports: [{ name: 'add', kind: 'function' }],
    });
    const { body } = await rig.post('/wasm/run', { moduleId: 'add', entry: 'add', args: [2, 3] });
    expect(body).toMatchObject({ success: true, result: 5 });
  });

  it('streams console lines while the run goes on', async () => {
    const code = 'console.log("a"); console.error("b"); return "c"';
    const { text } = await rig.post('/execute', { code }, { accept: 'text/event-stream' });
    const events = [...text.matchAll(/^event: (\w+)$/gm)].map(([, event]) => event);
    expect(events).toEqual(['log', 'log', 'result']);
  });
});

const parens = `return ${'('.repeat(100_000)}1${')'.repeat(100_000)}`;
const hostile: [string, { code: string; timeout?: number; preset?: string }, string[]][] = [
  ['source that does not parse', { code: 'return (' }, ['COMPILE_ERROR']],
  ['100,000 nested parentheses', { code: parens }, ['COMPILE_ERROR']],
  [
    'an endless loop',
    { code: 'for(;;);', timeout: 200 },
    ['CPU_TIME_EXCEEDED', 'WALL_TIME_EXCEEDED'],
  ],
  [
    'an endless loop behind an await',
    { code: 'await null; for(;;);', timeout: 200 },
    ['CPU_TIME_EXCEEDED', 'WALL_TIME_EXCEEDED'],
  ],
  ['an endless recursion', { code: 'const f = () => f() + 1; return f()' }, ['EXCEPTION']],
  ['heap growth', { code: 'const a = []; for(;;) a.push([a.length])' }, ['MEMORY_EXCEEDED']],
  [
    'ArrayBuffer growth',
    { code: 'const a = []; for(;;) a.push(new Uint8Array(1e7).fill(1))' },
    ['MEMORY_EXCEEDED', 'EXCEPTION'],
  ],
  [
    'a catastrophic regular expression',
    { code: 'return /^(a+)+$/.test("a".repeat(40) + "!")', timeout: 200 },
    ['CPU_TIME_EXCEEDED', 'WALL_TIME_EXCEEDED'],
  ],
  ['process.exit', { code: 'process.exit(0)' }, ['EXCEPTION']],
  [
    'the constructor of a constructor',
    { code: 'return console.log.constructor("return process")().exit()' },
    ['EXCEPTION'],
  ],
  [
    'a promise that never settles',
    { code: 'await new Promise(() => {})', timeout: 200 },
    ['WALL_TIME_EXCEEDED'],
  ],
  [
    'a million timers',
    {
      code: 'for (let i = 0; i < 1e6; i++) setTimeout(() => {}, 1e6); await new Promise(() => {})',
      timeout: 500,
      preset: 'web',
    },
    [
      'WALL_TIME_EXCEEDED',
      'CPU_TIME_EXCEEDED',
      'MEMORY_EXCEEDED',
      'EXCEPTION',
      'BRIDGE_CALLS_EXCEEDED',
    ],
  ],
  ['a gigantic result', { code: 'return "x".repeat(5e6)' }, ['OUTPUT_EXCEEDED']],
  ['a function as the result', { code: 'return { items: [() => 1] }' }, ['RESULT_NOT_PLAIN']],
];

describe('hostile code over HTTP', () => {
  it.each(hostile)('%s', async (_what, body, codes) => {
    const answer = await rig.post('/execute', body);
    expect(answer.status).toBe(422);
    expect(codes).toContain(answer.body.error.code);
    expect(answer.body).toMatchObject({ success: false, logs: [], stats: {} });
    await expectServed();
  });

  it('a console flood is cut, and says so', async () => {
    const code = 'for (let i = 0; i < 1e5; i++) console.log("x".repeat(100)); return 1';
    const { status, body, text } = await rig.post('/execute', { code });
    expect([status, body.result, body.logsCut]).toEqual([200, 1, true]);
    expect(text.length).toBeLessThan(2 * 1024 * 1024);
    await expectServed();
  });
});
