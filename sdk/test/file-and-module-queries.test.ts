import { createHash } from 'node:crypto';
import { stat, readFile } from 'node:fs/promises';
import { RUNTIME_METHODS, type FilesQuery, type ModulesAnswer } from '@cofferdam/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { FileBindings, HostCallContext, ModuleSource } from '../src/index.ts';
import { keeperOf, textOf } from './fetch-exchange.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const options = { deadlineMs: 5_000 };

describe('a files query', () => {
  function bound(files: FileBindings) {
    const { keeper, close, scope } = keeperOf({ files });
    ends.push(close);
    const ask = (query: Omit<FilesQuery, 'runtimeId'>) =>
      keeper.call(RUNTIME_METHODS.files, { runtimeId: 'r1', ...query }, options);
    return { ask, scope };
  }

  it('reaches each binding with what it needs, and brings its answer back', async () => {
    const seen: unknown[] = [];
    const note = (...args: unknown[]) => {
      const context = args.pop() as HostCallContext;
      seen.push([context.resourceId, ...args]);
      return Promise.resolve();
    };
    const { ask } = bound({
      unlink: note,
      mkdir: note,
      rmdir: note,
      rename: note,
      writeFile: (path, data, context) => note(path, Buffer.from(data).toString(), context),
      readFile: async (path) => new TextEncoder().encode(`of ${path}`).buffer,
      readdir: async () => ['a', 'b'],
      stat: async () => ({ isFile: true, isDirectory: false, size: 3, lastModified: 7 }),
    });
    const write = ask({ method: 'writeFile', path: 'w' });
    await write.write(Buffer.from('text'));
    write.end();
    await write.reply;
    await ask({ method: 'unlink', path: 'u' }).reply;
    await ask({ method: 'mkdir', path: 'm', recursive: true }).reply;
    await ask({ method: 'mkdir', path: 'n' }).reply;
    await ask({ method: 'rmdir', path: 'r' }).reply;
    await ask({ method: 'rename', path: 'x', to: 'y' }).reply;
    expect(seen).toEqual([
      ['file:1', 'w', 'text'],
      ['file:2', 'u'],
      ['file:3', 'm', { recursive: true }],
      ['file:4', 'n', undefined],
      ['file:5', 'r'],
      ['file:6', 'x', 'y'],
    ]);
    const read = ask({ method: 'readFile', path: 'z' });
    expect(await textOf(read)).toBe('of z');
    expect(await read.reply).toEqual({});
    expect(await ask({ method: 'readdir', path: '/' }).reply).toEqual({ names: ['a', 'b'] });
    expect(await ask({ method: 'stat', path: '/' }).reply).toEqual({
      stat: { isFile: true, isDirectory: false, size: 3, lastModified: 7 },
    });
  });

  it('is told of a failure without a path or a stack of the host', async () => {
    const { ask } = bound({
      readFile: async (path) => (await readFile(`/nowhere/secret/${path}`)).buffer,
      stat: async (path) => (await stat(`/proc/self/cmdline/${path}`)) as never,
      unlink: () => Promise.reject(new DOMException('not this one', 'NotAllowedError')),
      rmdir: () => Promise.reject('why'), // eslint-disable-line prefer-promise-reject-errors
      readdir: () => Promise.resolve('none' as never),
    });
    const failure = async (method: FilesQuery['method']) =>
      ((await ask({ method, path: 'a' }).reply) as { error: unknown }).error;
    expect(await failure('readFile')).toEqual({
      name: 'NotFoundError',
      message: 'ENOENT: no such file or directory',
    });
    expect(await failure('stat')).toMatchObject({ name: 'TypeMismatchError' });
    expect(await failure('unlink')).toEqual({ name: 'NotAllowedError', message: 'not this one' });
    expect(await failure('rmdir')).toMatchObject({ name: 'OperationError' });
    expect(await failure('readdir')).toMatchObject({ name: 'TypeError' });
    expect(await failure('writeFile')).toEqual({
      name: 'NotAllowedError',
      message: 'the host gave no files.writeFile binding',
    });
  });

  it('does not wait for a binding that never answers once it is given up', async () => {
    const { ask, scope } = bound({ stat: () => new Promise(() => {}) });
    const { reply } = ask({ method: 'stat', path: 'a' });
    await Promise.resolve();
    scope.close(new DOMException('it is over', 'AbortError'));
    expect(await reply).toMatchObject({ error: { name: 'AbortError' } });
    expect(scope.active).toBe(0);
  });

  it('is refused where the host gave no files', async () => {
    const { keeper, close } = keeperOf({});
    ends.push(close);
    const query = { runtimeId: 'r1', method: 'stat', path: 'a' };
    const { reply } = keeper.call(RUNTIME_METHODS.files, query, options);
    await expect(reply).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('a modules query', () => {
  const importer = { path: '/app/entry.ts', resolveDir: '/app' };
  const code = 'export const größe = 1;';
  const digest = createHash('sha256').update(code).digest('hex');

  function bound(resolve: (specifier: string) => unknown) {
    const modules = { resolve: async (s: string) => resolve(s) as ModuleSource } as never;
    const { keeper, close } = keeperOf({ modules });
    ends.push(close);
    const ask = async (...specifiers: string[]) => {
      const wanted = specifiers.map((specifier) => ({ specifier, importer }));
      const query = { runtimeId: 'r1', wanted };
      const { reply } = keeper.call(RUNTIME_METHODS.modules, query, options);
      return ((await reply) as ModulesAnswer).modules;
    };
    const fetchSources = (...digests: string[]) =>
      keeper.call(RUNTIME_METHODS.sources, { runtimeId: 'r1', digests }, options);
    return { ask, fetchSources };
  }

  it('says where each module is, and its text is had by its digest', async () => {
    const { ask, fetchSources } = bound((specifier) => {
      if (specifier === '@/a') return { code, filename: 'a.ts', resolveDir: '/app' };
      throw new Error(`there is no ${specifier}`);
    });
    expect(await ask('@/a', '@/b')).toEqual([
      { path: '/app/a.ts', filename: 'a.ts', resolveDir: '/app', digest },
      { error: 'there is no @/b' },
    ]);
    const call = fetchSources(digest, digest);
    expect(await textOf(call)).toBe(code + code);
    const bytes = Buffer.byteLength(code);
    expect(await call.reply).toEqual({ bytes: [bytes, bytes] });
    const unknown = fetchSources('0'.repeat(64)).reply;
    await expect(unknown).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it.each([
    undefined,
    'text',
    {},
    { code, filename: '', resolveDir: '/' },
    { code, filename: 'a' },
  ])('refuses what is no source: %o', async (answer) => {
    const { ask } = bound(() => answer);
    expect(await ask('a')).toEqual([{ error: 'the module resolver answered no ModuleSource' }]);
  });
});
