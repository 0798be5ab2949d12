import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostCallContext } from '../../types.ts';
import { createFileBindings } from './create-file-bindings.ts';
import { segmentsOf } from './segments.ts';

const context: HostCallContext = {
  signal: new AbortController().signal,
  runtimeId: 'r',
  resourceId: 'files:1',
  metadata: {},
};
const bytes = (text: string): ArrayBuffer => new TextEncoder().encode(text).buffer;
const text = (data: ArrayBuffer) => new TextDecoder().decode(data);
const DENIED = { name: 'NotAllowedError' };

let base: string;
let root: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'cofferdam-files-'));
  root = join(base, 'root');
  await mkdir(join(root, 'inside'), { recursive: true });
  await writeFile(join(root, 'inside', 'note.txt'), 'inside');
  await writeFile(join(base, 'secret.txt'), 'secret');
});
afterEach(() => rm(base, { recursive: true }));

const files = (options: object = {}) => createFileBindings({ root, allowWrite: true, ...options });

describe('files below a root', () => {
  it('are read, listed and looked at', async () => {
    const { readFile: read, readdir, stat } = files();
    expect(text(await read('/inside/note.txt', context))).toBe('inside');
    expect(text(await read('inside/../inside/./note.txt', context))).toBe('inside');
    expect(await readdir('/', context)).toEqual(['inside']);
    expect(await readdir('inside', context)).toEqual(['note.txt']);
    expect(await stat('inside/note.txt', context)).toMatchObject({ isFile: true, size: 6 });
    expect(await stat('/', context)).toMatchObject({ isDirectory: true, size: 0 });
  });

  it('are written, moved and removed', async () => {
    const { writeFile: write, rename: move, unlink: remove, mkdir: make, rmdir, readdir } = files();
    await write('a/b/c.txt', bytes('a longer text'), context);
    await write('a/b/c.txt', bytes('short'), context);
    expect(await readFile(join(root, 'a/b/c.txt'), 'utf8')).toBe('short');
    await move('a/b/c.txt', 'a/d.txt', context);
    await make('x/y/z', { recursive: true }, context);
    await make('x/y/z', { recursive: true }, context);
    await expect(make('x/y', undefined, context)).rejects.toMatchObject({ code: 'EEXIST' });
    await rmdir('x/y/z', context);
    await remove('a/d.txt', context);
    expect(await readdir('a', context)).toEqual(['b']);
  });

  it('are only read where writing is not allowed', async () => {
    const {
      readFile: read,
      writeFile: write,
      unlink: remove,
      rename: move,
    } = files({
      allowWrite: false,
    });
    expect(text(await read('inside/note.txt', context))).toBe('inside');
    await expect(write('new.txt', bytes('x'), context)).rejects.toMatchObject(DENIED);
    await expect(remove('inside/note.txt', context)).rejects.toMatchObject(DENIED);
    await expect(move('inside/note.txt', 'x', context)).rejects.toMatchObject(DENIED);
  });

  it('are at most as large as allowed', async () => {
    const { readFile: read, writeFile: write } = files({ maxFileBytes: 5 });
    const tooLarge = { name: 'QuotaExceededError' };
    await expect(read('inside/note.txt', context)).rejects.toMatchObject(tooLarge);
    await expect(write('x', bytes('123456'), context)).rejects.toMatchObject(tooLarge);
    await write('x', bytes('12345'), context);
  });
});

const ESCAPES = [
  '..',
  '../secret.txt',
  '/../secret.txt',
  'inside/../../secret.txt',
  './././../secret.txt',
  'inside/../../root/../secret.txt',
  '//../secret.txt',
  'nul\0/../../secret.txt',
  '\ud800',
  `${'d/'.repeat(300)}x`,
  'n'.repeat(256),
];

describe('a path that leads out', () => {
  it.each(ESCAPES)('is refused: %j', async (path) => {
    const { readFile: read, writeFile: write, stat, readdir, rename: move } = files();
    await expect(read(path, context)).rejects.toMatchObject(DENIED);
    await expect(write(path, bytes('x'), context)).rejects.toMatchObject(DENIED);
    await expect(stat(path, context)).rejects.toMatchObject(DENIED);
    await expect(readdir(path, context)).rejects.toMatchObject(DENIED);
    await expect(move('inside/note.txt', path, context)).rejects.toMatchObject(DENIED);
    expect(await readFile(join(base, 'secret.txt'), 'utf8')).toBe('secret');
  });

  it.each(['%2e%2e/secret.txt', '..%2fsecret.txt', '..\\secret.txt', '。。/secret.txt'])(
    'by another spelling is a name that is not there: %j',
    async (path) => {
      await expect(files().readFile(path, context)).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );

  it('has no other separators on Windows', () => {
    expect(() => segmentsOf('..\\secret.txt', 'win32')).toThrow('Access denied');
    expect(() => segmentsOf('C:secret.txt', 'win32')).toThrow('Access denied');
  });

  it('through a link is refused, wherever the link leads', async () => {
    await symlink(join(base, 'secret.txt'), join(root, 'file-link'));
    await symlink(base, join(root, 'folder-link'));
    await symlink('inside', join(root, 'inner-link'));
    const { readFile: read, writeFile: write, stat, readdir, rename: move } = files();
    const paths = ['file-link', 'folder-link/secret.txt', 'inner-link/note.txt'];
    for (const path of paths) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      await expect(read(path, context)).rejects.toMatchObject(DENIED);
    }
    await expect(write('folder-link/new.txt', bytes('x'), context)).rejects.toMatchObject(DENIED);
    await expect(write('file-link', bytes('x'), context)).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(stat('file-link', context)).rejects.toMatchObject(DENIED);
    await expect(readdir('folder-link', context)).rejects.toMatchObject(DENIED);
    await expect(move('file-link', 'x', context)).rejects.toMatchObject(DENIED);
    expect(await readFile(join(base, 'secret.txt'), 'utf8')).toBe('secret');
  });

  it('ends at a regular file: a pipe is neither waited for nor written to', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const { readFile: read, writeFile: write } = files();
    await expect(read('pipe', context)).rejects.toMatchObject(DENIED);
    await expect(write('pipe', bytes('x'), context)).rejects.toMatchObject(DENIED);
    await expect(read('inside', context)).rejects.toMatchObject({ name: 'TypeMismatchError' });
  });

  it('never opens by a race: folder and file become links while they are used', async () => {
    const outside = join(base, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'note.txt'), 'secret');
    const over = new AbortController();
    const never = (error: unknown) => error;
    // A write may make the folder anew at any moment.
    const putBack = async (): Promise<void> => {
      const again = rm(join(root, 'inside'), { recursive: true, force: true });
      await again.then(() => rename(join(root, 'away'), join(root, 'inside'))).catch(putBack);
    };
    const swaps = (async () => {
      while (!over.signal.aborted) {
        await rename(join(root, 'inside'), join(root, 'away')).catch(never);
        await symlink(outside, join(root, 'inside')).catch(never);
        await unlink(join(root, 'inside')).catch(never);
        await putBack();
      }
    })();
    const { readFile: read, writeFile: write } = files();
    const seen = new Set<string>();
    // A busy machine may need more of them to meet the folder where it belongs even once.
    for (let i = 0; i < 600 || (seen.size === 0 && i < 20_000); i++) {
      const [got] = await Promise.allSettled([
        read('inside/note.txt', context).then(text),
        write('inside/made.txt', bytes('mine'), context),
      ]);
      if (got!.status === 'fulfilled') seen.add(String(got!.value));
    }
    over.abort();
    await swaps;
    expect([...seen]).toEqual(['inside']);
    await expect(readFile(join(outside, 'made.txt'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

it.each([
  [undefined, 'options'],
  [{}, 'root'],
  [{ root: '' }, 'root'],
  [{ root: 1 }, 'root'],
  [{ root: '.', allowWrite: 'yes' }, 'allowWrite'],
  [{ root: '.', maxFileBytes: -1 }, 'maxFileBytes'],
  [{ root: '.', readonly: true }, 'readonly'],
])('options that are wrong are named: %j', (options, name) => {
  const make = () => createFileBindings(options as unknown as { root: string });
  expect(make).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  expect(make).toThrow(name);
});
