import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CofferdamError, type IncomingCall } from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { intent, rig, tempDir, type Peer, type Rig } from './peer.ts';

let gateway: Rig;
let root: string;
beforeEach(async () => {
  root = await tempDir();
  gateway = await rig({ wasmRoot: root });
});
afterEach(() => gateway[Symbol.asyncDispose]());

/** An empty module. */
const MODULE = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const DIGEST = hash('sha256', MODULE);
const items = { exports: [{ name: 'add', kind: 'function' }], imports: [] };

/** Fetches a module from the gateway, as a runner does. */
async function blob(peer: Peer, digest: string): Promise<Buffer> {
  const call = peer.channel.call('blob', { digest }, { deadlineMs: 5_000 });
  const chunks = [];
  for await (const chunk of call.data) chunks.push(chunk);
  await call.reply;
  return Buffer.concat(chunks);
}

describe('a module', () => {
  it('is inspected by the runner, which fetches its bytes', async () => {
    const peer = await gateway.join({
      handlers: {
        'wasm.inspect': async (call: IncomingCall) => {
          const { digest } = call.payload as { digest: string };
          expect(await blob(peer, digest)).toEqual(MODULE);
          return items;
        },
      },
    });
    const compiled = await gateway.core.wasm.compile('home', { bytes: MODULE }, { id: 'filter' });
    expect(compiled).toEqual({ moduleId: 'filter', digest: DIGEST, size: 8, ...items });
    expect(gateway.core.wasm.resolve('home', 'filter')).toBe(DIGEST);
    const wasm = { digest: DIGEST, entry: 'add' };
    const { result } = await gateway.core.runs.execute(intent({ engine: 'wasm', wasm }));
    expect(result.digest).toBe(DIGEST);
  });

  it('is read from a file under the root', async () => {
    await writeFile(join(root, 'a.wasm'), MODULE);
    await gateway.join({ handlers: { 'wasm.inspect': () => items } });
    const compiled = await gateway.core.wasm.compile('home', { file: 'a.wasm' });
    expect(compiled.moduleId).toBe(DIGEST);
    await expect(gateway.core.wasm.compile('home', { file: '../a.wasm' })).rejects.toMatchObject({
      code: 'WASM_FILE_REFUSED',
    });
  });

  it('that is none is forgotten', async () => {
    await gateway.join({
      handlers: { 'wasm.inspect': () => Promise.reject(new CofferdamError('INVALID_WASM')) },
    });
    const compiling = gateway.core.wasm.compile('home', { bytes: MODULE }, { id: 'filter' });
    await expect(compiling).rejects.toMatchObject({ code: 'INVALID_WASM' });
    expect(() => gateway.core.wasm.resolve('home', 'filter')).toThrow('No module has this id');
    expect(gateway.core.wasm.stats().modules).toBe(0);
  });

  it('of another tenant is not sent to a runner that names its digest', async () => {
    await gateway.join({ handlers: { 'wasm.inspect': () => items } });
    await gateway.core.wasm.compile('home', { bytes: MODULE });
    const hostile = await gateway.join();
    await gateway.core.runs.execute(intent({ tenant: 'other' }));
    await expect(blob(hostile, DIGEST)).rejects.toMatchObject({ code: 'WASM_NOT_FOUND' });
    await expect(blob(hostile, '../index.json')).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
  });

  it('whose inspection is a lie costs the runner', async () => {
    const peer = await gateway.join({ handlers: { 'wasm.inspect': () => ({ exports: 'all' }) } });
    const compiling = gateway.core.wasm.compile('home', { bytes: MODULE });
    await expect(compiling).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    await peer.channel.closed;
  });
});
