import { hash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_WASM_BYTES } from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModuleStore, type ModuleStoreOptions } from './module-store.ts';

let dir: string;
let store: ModuleStore;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cofferdam-'));
  store = await ModuleStore.open({ dir });
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true });
});

async function reopen(options: Partial<ModuleStoreOptions> = {}): Promise<void> {
  await store.close();
  store = await ModuleStore.open({ dir, ...options });
}

const MAGIC = [0, 0x61, 0x73, 0x6d];
const moduleOf = (seed: number, size = 16) =>
  Buffer.from([...MAGIC, ...Array.from({ length: size - 4 }, () => seed)]);

const notFound = { code: 'WASM_NOT_FOUND' };

describe('a module', () => {
  it('is found by digest and by the id that its tenant gave it, also after a restart', async () => {
    const bytes = moduleOf(1);
    const digest = await store.put('a', bytes);
    expect(digest).toBe(hash('sha256', bytes));
    store.name('a', 'filter', digest);
    await reopen();
    expect(store.resolve('a', 'filter')).toBe(digest);
    expect(store.resolve('a', digest)).toBe(digest);
    expect(await store.get('a', digest)).toEqual(bytes);
  });

  it('is nobody else’s, by id or by digest', async () => {
    const digest = await store.put('a', moduleOf(1));
    store.name('a', 'filter', digest);
    for (const id of ['filter', digest]) {
      expect(() => store.resolve('b', id)).toThrow(expect.objectContaining(notFound));
    }
    await expect(store.get('b', digest)).rejects.toMatchObject(notFound);
    await store.put('b', moduleOf(1));
    expect(await store.get('b', digest)).toEqual(moduleOf(1));
  });

  it('takes over an id that another had', async () => {
    store.name('a', 'filter', await store.put('a', moduleOf(1)));
    const second = await store.put('a', moduleOf(2));
    store.name('a', 'filter', second);
    expect(store.resolve('a', 'filter')).toBe(second);
  });

  it('that is none is refused', async () => {
    await expect(store.put('a', Buffer.from('MZ'))).rejects.toMatchObject({ code: 'INVALID_WASM' });
    await expect(store.put('a', Buffer.alloc(0))).rejects.toMatchObject({ code: 'INVALID_WASM' });
    const large = Buffer.alloc(MAX_WASM_BYTES + 1);
    await expect(store.put('a', large)).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect(store.stats()).toEqual({ modules: 0, bytes: 0 });
  });

  it('whose file was changed is not served', async () => {
    const digest = await store.put('a', moduleOf(1));
    await writeFile(join(dir, `${digest}.wasm`), moduleOf(2));
    await expect(store.get('a', digest)).rejects.toMatchObject(notFound);
    expect(store.owns('a', digest)).toBe(false);
  });
});

describe('the store', () => {
  it('keeps so many modules, the least recently used goes', async () => {
    await reopen({ maxModules: 2 });
    const first = await store.put('a', moduleOf(1));
    const second = await store.put('a', moduleOf(2));
    store.resolve('a', first);
    const third = await store.put('a', moduleOf(3));
    expect([first, second, third].map((digest) => store.owns('a', digest))).toEqual([
      true,
      false,
      true,
    ]);
    expect((await readdir(dir)).filter((name) => name.endsWith('.wasm'))).toHaveLength(2);
  });

  it('keeps so many bytes', async () => {
    await reopen({ maxBytes: 250 });
    for (let seed = 1; seed <= 5; seed++) await store.put('a', moduleOf(seed, 100));
    expect(store.stats()).toEqual({ modules: 2, bytes: 200 });
  });

  it('starts empty where its index is broken, and removes what it does not know', async () => {
    await store.put('a', moduleOf(1));
    await store.close();
    await writeFile(join(dir, 'index.json'), '{"version":1,"modules":[{"digest":"../../etc"}]}');
    await writeFile(join(dir, 'left.tmp'), 'x');
    store = await ModuleStore.open({ dir });
    expect(store.stats().modules).toBe(0);
    expect(await readdir(dir)).toEqual(['index.json']);
  });
});
