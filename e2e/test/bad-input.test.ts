import { once } from 'node:events';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import type { ErrorCode } from '@cofferdam/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assemble, GROWTH, TABLE_GROWTH, TRAPS } from '../../runner/test/wasm-modules.ts';
import { expectCode, expectServed as expectServedBy } from './expectations.ts';
import { EXIT_TRICKS, HOSTILE_SCRIPTS } from './hostile-scripts.ts';
import { Instance } from './instance.ts';

const MiB = 1024 * 1024;
const ENDPOINTS = ['/execute', '/deno'] as const;
const LOOP = { code: 'for (;;);', limits: { cpuTimeMs: 100 }, timeout: 20_000 };
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

let up: Instance;
let processes: number[];
const residents = async () => [
  up.process.pid,
  ...(await up.processesOf('egress')),
  ...(await up.processesOf('runner')),
];

const expectServed = (path: string = '/execute') => expectServedBy(up, { path });

beforeAll(async () => {
  up = await Instance.start();
  for (const path of ENDPOINTS) await expectServed(path);
  processes = await residents();
}, 60_000);
afterAll(() => up[Symbol.asyncDispose](), 60_000);

describe('a request that cannot be', () => {
  const deepJson = `{"code":"return 1","input":${'['.repeat(1e5)}${']'.repeat(1e5)}}`;
  const large = { code: 'x'.repeat(5 * MiB) };
  const cases: [what: string, path: string, body: unknown, code: ErrorCode][] = [
    ...ENDPOINTS.flatMap((path): [string, string, unknown, ErrorCode][] => [
      ['not JSON', path, '{"code": ', 'INVALID_JSON'],
      ['invalid UTF-8', path, Buffer.from('{"code":"\xff\xfe"}', 'latin1'), 'INVALID_JSON'],
      ['100,000 nested arrays', path, deepJson, 'INVALID_JSON'],
      ['code of 5 MB', path, large, 'BODY_TOO_LARGE'],
      ['code of 2 MB', path, { code: 'x'.repeat(2 * MiB) }, 'CODE_TOO_LARGE'],
      ['code that is no text', path, { code: ['return 1'] }, 'INVALID_INPUT'],
      ['an unknown field', path, { code: 'return 1', prest: 'web' }, 'INVALID_INPUT'],
      ['a key __proto__', path, '{"code":"return 1","__proto__":{"x":1}}', 'INVALID_INPUT'],
      ['no code', path, { constructor: { prototype: { code: 'x' } } }, 'INVALID_INPUT'],
      ['a timeout of -1', path, { code: 'return 1', timeout: -1 }, 'INVALID_INPUT'],
    ]),
    ['an unknown preset', '/execute', { code: 'return 1', preset: 'root' }, 'INVALID_INPUT'],
    ['a preset __proto__', '/execute', { code: 'return 1', preset: '__proto__' }, 'INVALID_INPUT'],
    ['code of 5 MB', '/validate', large, 'BODY_TOO_LARGE'],
    ['a text that is no base64', '/wasm/compile', { bytes: '%%%' }, 'INVALID_WASM'],
    ['base64 that is no module', '/wasm/compile', { bytes: 'aGVsbG8=' }, 'INVALID_WASM'],
    [
      'half a module',
      '/wasm/compile',
      { bytes: base64(assemble(TRAPS).slice(0, 40)) },
      'INVALID_WASM',
    ],
    ['a file where none are given', '/wasm/compile', { file: '/etc/passwd' }, 'WASM_FILE_REFUSED'],
    ['an unknown module', '/wasm/run', { moduleId: '__proto__' }, 'WASM_NOT_FOUND'],
    ['a script that is not there', '/v1/namespaces/x/scripts/y/runs', {}, 'SCRIPT_NOT_FOUND'],
    ['a path that is not there', '/nowhere', {}, 'NOT_FOUND'],
  ];
  it.each(cases)('%s, at %s', async (_what, path, body, code) => {
    expectCode(await up.post(path, body), code);
    await expectServed();
  });

  it.each([
    ['with its length', { 'content-length': '100000000' }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('a body of 100 MB %s is refused without being read', async (_what, framing) => {
    let sent = 0;
    const zeros = function* () {
      for (const piece = Buffer.alloc(100_000); sent < 100_000_000; sent += 100_000) yield piece;
    };
    const headers = { 'content-type': 'application/json', ...framing };
    const call = request(`${up.url}/execute`, { method: 'POST', headers, agent: false });
    Readable.from(zeros()).pipe(call);
    const [answer] = await once(call, 'response');
    const body = JSON.parse(Buffer.concat(await answer.toArray()).toString());
    expectCode({ status: answer.statusCode, headers: {}, text: '', body }, 'BODY_TOO_LARGE');
    call.on('error', () => {}).destroy();
    // What was sent lies in the buffers of two sockets, but for the 4 MiB that chunks get.
    expect(sent).toBeLessThan(30_000_000);
    await expectServed();
  });

  it('a client that sends 100 MB regardless still reads why not', async () => {
    expectCode(await up.post('/execute', Buffer.alloc(100_000_000)), 'BODY_TOO_LARGE');
    await expectServed();
  });

  it('a key __proto__ in the input stays data, and changes no other run', async () => {
    const text = `{"code":"return [Object.keys(input), input.x === undefined, ({}).x === undefined]","PLACE":{"__proto__":{"x":1}}}`;
    for (const [path, place] of [
      ['/execute', 'input'],
      ['/execute', 'env'],
      ['/deno', 'data'],
    ]) {
      const { body } = await up.post(path!, text.replace('PLACE', place!));
      expect(body.result).toEqual([['__proto__'], true, true]);
    }
    const code = 'return ({}).x === undefined';
    expect((await up.post('/execute', { code })).body.result).toBe(true);
  });
});

describe.each(ENDPOINTS)('a hostile script at %s', { timeout: 60_000 }, (path) => {
  const isDeno = path === '/deno';

  it.each(HOSTILE_SCRIPTS)('$what', async ({ code, ends, onDeno = ends, body }) => {
    const { preset, ...rest } = body ?? {};
    const answer = await up.post(path, { code, ...rest, ...(isDeno || !preset ? {} : { preset }) });
    expectCode(answer, (isDeno ? onDeno : ends) as ErrorCode);
    expect(answer.text.length).toBeLessThan(MiB);
    await expectServed(path);
  });

  it.each(EXIT_TRICKS)('%s ends nobody else', async (code, onDeno) => {
    const answer = await up.post(path, { code, timeout: 3_000 });
    expectCode(answer, isDeno ? (onDeno as ErrorCode) : 'EXCEPTION');
    expect(answer.text).not.toMatch(/node_modules|\/src\/|at file:/);
    await expectServed(path);
  });

  it.each([
    ['many lines', 'for (let i = 0; i < 1e5; i++) console.log("x".repeat(100)); return 1'],
    ['a long line', 'for (let i = 0; i < 100; i++) console.log("x".repeat(1e5)); return 1'],
  ])('a console flood of %s is cut, and says so', async (_what, code) => {
    const { status, body, text } = await up.post(path, { code });
    expect([status, body.result, body.logsCut]).toEqual([200, 1, true]);
    expect(body.logs.at(-1).message).toMatch(/output cut/);
    expect(text.length).toBeLessThan(2 * MiB);
    await expectServed(path);
  });
});

describe('a source that is only checked', () => {
  it.each(HOSTILE_SCRIPTS.filter(({ ends }) => ends === 'COMPILE_ERROR'))(
    '$what',
    async ({ code }) => {
      const { status, body } = await up.post('/validate', { code });
      expect([status, body]).toMatchObject([422, { valid: false, error: expect.any(String) }]);
      const next = await up.post('/validate', { code: 'return 1' });
      expect([next.status, next.body]).toEqual([200, { valid: true, form: 'body' }]);
    },
  );
});

describe('a hostile WebAssembly module', { timeout: 60_000 }, () => {
  const startLoop = '(module (func $f (loop $l (br $l))) (start $f) (func (export "go")))';
  const cases: [what: string, text: string, call: object, code: ErrorCode][] = [
    ['loops without end', TRAPS, { entry: 'loop' }, 'CPU_TIME_EXCEEDED'],
    ['loops in its start function', startLoop, { entry: 'go' }, 'CPU_TIME_EXCEEDED'],
    ['recurses without end', TRAPS, { entry: 'deep', args: [0] }, 'EXCEPTION'],
    ['reads outside its memory', TRAPS, { entry: 'outside' }, 'EXCEPTION'],
    ['grows its memory', GROWTH, { entry: 'grow', args: [8_000] }, 'MEMORY_EXCEEDED'],
    ['grows a table', TABLE_GROWTH, { entry: 'grow', args: [9_999_000] }, 'MEMORY_EXCEEDED'],
    ['has no such export', TRAPS, { entry: '__proto__' }, 'EXCEPTION'],
  ];
  it.each(cases)('%s', async (_what, text, call, code) => {
    const compiled = await up.post('/wasm/compile', { bytes: base64(assemble(text)) });
    expect(compiled.status).toBe(200);
    const { moduleId } = compiled.body;
    const cpuTimeMs = code === 'CPU_TIME_EXCEEDED' ? 200 : 15_000;
    const limits = { cpuTimeMs, memoryBytes: 32 * MiB };
    const answer = await up.post('/wasm/run', { moduleId, ...call, limits, timeout: 20_000 });
    expectCode(answer, code);
    await expectServed();
    const good = await up.post('/wasm/compile', { bytes: base64(assemble(TRAPS)), id: 'good' });
    const next = { moduleId: good.body.moduleId, entry: 'divide', args: [84, 2] };
    expect((await up.post('/wasm/run', next)).body.result).toBe(42);
  });
});

describe('many at once', { timeout: 60_000 }, () => {
  it.each([
    ['/execute', 60],
    ['/deno', 12],
  ])('endless loops at %s wait, and each is told its own reason', async (path, count) => {
    const loops = Promise.all(Array.from({ length: count }, () => up.post(path, LOOP)));
    if (count > 50) {
      const queued = async () => (await up.get('/health')).body.engine.queued;
      await expect.poll(queued).toBeGreaterThan(0);
    }
    const served = up.post(path, { code: 'return 6 * 7', timeout: 30_000 });
    for (const answer of await loops) expectCode(answer, 'CPU_TIME_EXCEEDED');
    expect((await served).body.result).toBe(42);
    expect((await up.get('/health')).body.engine).toMatchObject({ active: 0, queued: 0 });
    await expectServed(path);
  });
});

describe('after all of it', () => {
  it('the same gateway, egress and runner are there', async () => {
    expect(await residents()).toEqual(processes);
    expect((await up.get('/health')).body).toMatchObject({ ok: true, engine: { active: 0 } });
  });
});
