import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CofferdamError } from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpRig, type HttpRig } from './http-rig.ts';
import { ok, requestOf, tempDir, type Peer } from './peer.ts';

/** `(module (func (export "f") (result i32) i32.const 42))` */
const MODULE = Buffer.from('AGFzbQEAAAABBQFgAAF/AwIBAAcFAQFmAAAKBgEEAEEqCw==', 'base64');
const inspection = { exports: [{ name: 'f', kind: 'function' }], imports: [] };

let rig: HttpRig;
let peer: Peer;
let root: string;
beforeEach(async () => {
  root = await tempDir();
  rig = await httpRig({ wasmRoot: root });
  peer = await rig.join({ handlers: { 'wasm.inspect': () => inspection } });
});
afterEach(async () => {
  await rig[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

const base64 = MODULE.toString('base64');

describe('POST /wasm/compile', () => {
  it('answers the id, the exports and the digest', async () => {
    const { status, body } = await rig.post('/wasm/compile', { bytes: base64, id: 'answer' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ moduleId: 'answer', size: MODULE.length, ...inspection });
    expect(body.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('takes the bytes themselves', async () => {
    const type = { 'content-type': 'application/wasm' };
    const { status, body } = await rig.post('/wasm/compile?id=up', MODULE, type);
    expect([status, body.moduleId, body.size]).toEqual([200, 'up', MODULE.length]);
    const elsewhere = await rig.post('/execute', MODULE, type);
    expect(elsewhere.body.error.code).toBe('UNSUPPORTED_MEDIA_TYPE');
  });

  it('takes a file under the root, and no other', async () => {
    await mkdir(join(root, 'sub'));
    await writeFile(join(root, 'sub/a.wasm'), MODULE);
    const { body } = await rig.post('/wasm/compile', { file: 'sub/a.wasm' });
    expect(body.moduleId).toBe(body.digest);
    for (const file of ['/etc/passwd', '../../etc/passwd', 'missing.wasm']) {
      const answer = await rig.post('/wasm/compile', { file });
      expect([answer.status, answer.body.error.code]).toEqual([403, 'WASM_FILE_REFUSED']);
    }
  });

  it.each([
    ['base64 that is no WebAssembly', Buffer.from('hello, world').toString('base64')],
    ['no base64', '§§§'],
    ['base64 with a hole', 'AGFz*bQEA'],
  ])('refuses %s', async (_what, bytes) => {
    const { status, body } = await rig.post('/wasm/compile', { bytes });
    expect([status, body.error.code]).toEqual([422, 'INVALID_WASM']);
  });

  it('refuses what the runner says is no module', async () => {
    await using other = await httpRig();
    await other.join({
      handlers: {
        'wasm.inspect': () => {
          throw new CofferdamError('INVALID_WASM', 'section 1 is cut off');
        },
      },
    });
    const { status, body } = await other.post('/wasm/compile', { bytes: base64 });
    expect([status, body.error.code]).toEqual([422, 'INVALID_WASM']);
  });

  it('takes a module of 8 MiB, and none over 16 MiB', async () => {
    const sized = (size: number) => Buffer.concat([MODULE, Buffer.alloc(size - MODULE.length)]);
    const large = sized(8 * 1024 * 1024).toString('base64');
    expect((await rig.post('/wasm/compile', { bytes: large })).status).toBe(200);
    const tooLarge = sized(16 * 1024 * 1024 + 1).toString('base64');
    const { status, body } = await rig.post('/wasm/compile', { bytes: tooLarge });
    expect([status, body.error.code]).toEqual([413, 'BODY_TOO_LARGE']);
  });
});

describe.each(['/wasm/run', '/wasm/execute'])('POST %s', (path) => {
  it('runs a kept module', async () => {
    await using other = await httpRig();
    const runner = await other.join({
      handlers: { 'wasm.inspect': () => inspection },
      run: () => ok({ value: '42', stubs: ['env.log'] }),
    });
    await other.post('/wasm/compile', { bytes: base64, id: 'answer' });
    const { status, body } = await other.post(path, {
      moduleId: 'answer',
      entry: 'f',
      args: [1, '9007199254740993'],
      imports: { env: { base: 3 } },
      timeout: 700,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ success: true, result: 42, stubs: ['env.log'] });
    expect(requestOf(runner.calls.at(-1)!.payload)).toMatchObject({
      engine: 'wasm',
      wasm: { entry: 'f', args: [1, '9007199254740993'], imports: { env: { base: 3 } } },
      limits: { wallTimeMs: 700, cpuTimeMs: 700 },
    });
  });

  it('answers a module that is not there', async () => {
    const { status, body } = await rig.post(path, { moduleId: 'nowhere' });
    expect([status, body.error.code]).toEqual([404, 'WASM_NOT_FOUND']);
    expect(peer.calls.map(({ method }) => method)).not.toContain('run');
  });
});
