import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFileBindings, type FileBindings } from '../src/index.ts';
import { ownDaemon, runtimesOn } from './harness.ts';

const { folder, openHost } = ownDaemon();
const open = runtimesOn(openHost);
const FAILURE = `const failure = (work) => work.then(() => 'none', (e) => [e.name, e instanceof DOMException]);`;

let base: string;
let root: string;
beforeEach(async () => {
  base = await mkdtemp(join(folder, 'files-'));
  root = join(base, 'root');
  await mkdir(join(root, 'notes/deep'), { recursive: true });
  await writeFile(join(root, 'notes/a.txt'), 'first');
  await writeFile(join(base, 'secret.txt'), 'secret');
});

async function guest(files?: FileBindings) {
  const bound = files ?? createFileBindings({ root, allowWrite: true });
  const { runtime } = await open({ bindings: { files: bound } });
  return (code: string) => runtime.eval(`${FAILURE}\n${code}`);
}

describe('getDirectory', () => {
  it('reads, lists and tells handles apart', async () => {
    const run = await guest();
    const told = await run(`
      const root = await getDirectory();
      const notes = await root.getDirectoryHandle('notes');
      const handle = await notes.getFileHandle('a.txt');
      const file = await handle.getFile();
      const listed = [];
      for await (const [name, entry] of notes) listed.push([name, entry.kind]);
      const keys = await Array.fromAsync(notes.keys());
      const values = (await Array.fromAsync(notes.values())).map(({ name }) => name);
      const again = await (await getDirectory('notes/../notes')).getFileHandle('a.txt');
      export default {
        text: await file.text(), name: file.name, size: file.size, isFile: file instanceof File,
        recent: Date.now() - file.lastModified < 60_000,
        listed: listed.sort(), keys: keys.sort(), values: values.sort(),
        same: await again.isSameEntry(handle), other: await again.isSameEntry(notes),
        path: await root.resolve(handle), back: await notes.resolve(root), self: await root.resolve(root),
        names: [root.name, notes.name, root.kind, handle.kind],
        classes: [handle instanceof FileSystemFileHandle, notes instanceof FileSystemHandle],
        tag: String(notes), step: notes.entries()[Symbol.asyncIterator] !== undefined,
      };
    `);
    expect(told).toEqual({
      text: 'first',
      name: 'a.txt',
      size: 5,
      isFile: true,
      recent: true,
      listed: [
        ['a.txt', 'file'],
        ['deep', 'directory'],
      ],
      keys: ['a.txt', 'deep'],
      values: ['a.txt', 'deep'],
      same: true,
      other: false,
      path: ['notes', 'a.txt'],
      back: null,
      self: [],
      names: ['', 'notes', 'directory', 'file'],
      classes: [true, true],
      tag: '[object FileSystemDirectoryHandle]',
      step: true,
    });
  });

  it('makes, writes, and removes', async () => {
    const run = await guest();
    await run(`
      const root = await getDirectory('/');
      const made = await root.getDirectoryHandle('made', { create: true });
      const handle = await made.getFileHandle('b.txt', { create: true });
      const writer = await handle.createWritable();
      await writer.write('hello ');
      await writer.write(new Uint8Array([119, 111]));
      await writer.write(new Blob(['rld']));
      await writer.seek(0);
      await writer.write({ type: 'write', data: 'J' });
      await writer.write({ type: 'write', position: 13, data: '!' });
      globalThis.before = (await handle.getFile()).size;
      await writer.close();
      const kept = await handle.createWritable({ keepExistingData: true });
      await kept.truncate(5);
      await kept.close();
      const dropped = await handle.createWritable();
      await dropped.write('lost');
      await dropped.abort();
    `);
    expect(await run('export default before')).toBe(0);
    expect(await readFile(join(root, 'made/b.txt'), 'utf8')).toBe('Jello');
    await run(`
      const handle = await (await getDirectory('made')).getFileHandle('b.txt');
      await new Response('piped').body.pipeTo(await handle.createWritable());
      const writer = await handle.createWritable({ keepExistingData: true });
      await writer.write({ type: 'write', position: 7, data: 'x' });
      await writer.close();
    `);
    expect(await readFile(join(root, 'made/b.txt'), 'utf8')).toBe('piped\0\0x');
    await symlink(base, join(root, 'made/link'));
    const told = await run(`
      const root = await getDirectory();
      const full = await failure(root.removeEntry('made'));
      await root.removeEntry('made', { recursive: true });
      await (await getDirectory('notes')).removeEntry('a.txt');
      export default [full, await failure(root.removeEntry('made'))];
    `);
    expect(told).toEqual([
      ['InvalidModificationError', true],
      ['NotFoundError', true],
    ]);
    expect(await readdir(root, { recursive: true })).toEqual(['notes', 'notes/deep']);
    expect(await readFile(join(base, 'secret.txt'), 'utf8')).toBe('secret');
  });

  it('fails as the standard says', async () => {
    const run = await guest();
    const told = await run(`
      const root = await getDirectory();
      const notes = await root.getDirectoryHandle('notes');
      const bad = [];
      for (const name of ['', '.', '..', 'a/b', '/', 'a\\0b']) bad.push((await failure(root.getFileHandle(name)))[0]);
      const handle = await notes.getFileHandle('a.txt');
      const writer = await handle.createWritable();
      const held = writer.getWriter();
      const locked = (await failure(writer.write('x')))[0];
      held.releaseLock();
      export default {
        bad, locked,
        missing: await failure(root.getFileHandle('none')),
        folder: await failure(root.getFileHandle('notes')),
        file: await failure(notes.getDirectoryHandle('a.txt', { create: true })),
        nowhere: await failure(getDirectory('none')),
        noFolder: await failure(getDirectory('notes/a.txt')),
        out: await failure(getDirectory('..')),
        seek: (await failure(writer.write({ type: 'seek' })))[0],
        made: [FileSystemHandle, FileSystemFileHandle, FileSystemDirectoryHandle, FileSystemWritableFileStream]
          .map((made) => { try { new made(); return 1; } catch ({ name }) { return name; } }),
        clone: (() => { try { structuredClone(handle); } catch ({ name }) { return name; } })(),
      };
    `);
    expect(told).toEqual({
      bad: Array.from({ length: 6 }, () => 'TypeError'),
      locked: 'TypeError',
      missing: ['NotFoundError', true],
      folder: ['TypeMismatchError', true],
      file: ['TypeMismatchError', true],
      nowhere: ['NotFoundError', true],
      noFolder: ['TypeMismatchError', true],
      out: ['NotAllowedError', true],
      seek: 'TypeError',
      made: Array.from({ length: 4 }, () => 'TypeError'),
      clone: 'DataCloneError',
    });
  });

  it('is refused where the host gave no files, and writing where it allows none', async () => {
    const { runtime } = await open({});
    const told = await runtime.eval(`
      const error = await getDirectory().catch((e) => e);
      export default [error.name, error.message, error instanceof DOMException];
    `);
    expect(told).toEqual([
      'NotAllowedError',
      expect.stringContaining('the host gave no files binding'),
      true,
    ]);
    const run = await guest(createFileBindings({ root }));
    const refused = await run(`
      const notes = await getDirectory('notes');
      const writer = await (await notes.getFileHandle('a.txt')).createWritable();
      await writer.write('changed');
      export default [
        await failure(writer.close()),
        await failure(notes.getFileHandle('new', { create: true })),
        await failure(notes.getDirectoryHandle('new', { create: true })),
        await failure(notes.removeEntry('a.txt')),
      ];
    `);
    expect(refused).toEqual(Array.from({ length: 4 }, () => ['NotAllowedError', true]));
    expect(await readFile(join(root, 'notes/a.txt'), 'utf8')).toBe('first');
  });
});

describe('node:fs/promises', () => {
  it('does as Node on the same files', async () => {
    const run = await guest();
    const told = await run(`
      import fs, { readFile, writeFile } from 'node:fs/promises';
      import { stat } from 'fs/promises';
      await fs.mkdir('/work/sub', { recursive: true });
      await writeFile('work/b.txt', 'eins');
      await fs.appendFile('/work/b.txt', Buffer.from(' zwei'));
      await writeFile('/work/b.txt', ' drei', { flag: 'a' });
      await fs.copyFile('/work/b.txt', '/work/c.txt');
      await fs.rename('/work/c.txt', '/work/sub/d.txt');
      const raw = await readFile(new URL('file:///work/b.txt'));
      const info = await stat('/work/sub/d.txt');
      const entries = await fs.readdir('/work', { withFileTypes: true });
      await fs.access('/work');
      const before = await fs.readdir('/work/sub');
      await fs.rm('/work', { recursive: true });
      await fs.rm('/work', { force: true });
      await fs.unlink('/notes/a.txt');
      await fs.rmdir('/notes/deep');
      export default {
        text: await writeFile('/x', 'aé').then(() => readFile('/x', 'utf8')),
        hex: await readFile('/x', { encoding: 'hex' }),
        raw: [Buffer.isBuffer(raw), raw.toString()],
        info: [info.isFile(), info.isDirectory(), info.size, info.mtime instanceof Date],
        entries: entries.map((e) => [e.name, e.parentPath, e.isFile(), e.isDirectory()]).sort(),
        before,
      };
    `);
    expect(told).toEqual({
      text: 'aé',
      hex: '61c3a9',
      raw: [true, 'eins zwei drei'],
      info: [true, false, 14, true],
      entries: [
        ['b.txt', '/work', true, false],
        ['sub', '/work', false, true],
      ],
      before: ['d.txt'],
    });
    expect((await readdir(root, { recursive: true })).toSorted()).toEqual(['notes', 'x']);
  });

  it('fails with the codes of Node', async () => {
    const run = await guest();
    const told = await run(`
      import * as fs from 'node:fs/promises';
      const code = (work) => work.then(() => 'none', (e) => e.code ?? e.name);
      const missing = await fs.readFile('/no').catch((e) => e);
      export default {
        missing: [missing.message, missing.code, missing.errno, missing.syscall, missing.path],
        codes: [
          await code(fs.readFile('/notes')), await code(fs.readdir('/notes/a.txt')),
          await code(fs.mkdir('/notes')), await code(fs.rmdir('/notes')), await code(fs.rm('/notes')),
          await code(fs.writeFile('/notes/a.txt', '', { flag: 'wx' })), await code(fs.access('/../secret.txt')),
          await code(fs.readFile(1)), await code(fs.readFile('/a\\0b')), await code(fs.readFile('/x', 'nope')),
          await code(fs.copyFile('/notes/a.txt', '/notes/a.txt', fs.constants.COPYFILE_EXCL)),
        ],
      };
    `);
    expect(told).toEqual({
      missing: ["ENOENT: no such file or directory, open '/no'", 'ENOENT', -2, 'open', '/no'],
      codes: [
        'EISDIR',
        'ENOTDIR',
        'EEXIST',
        'ENOTEMPTY',
        'EISDIR',
        'EEXIST',
        'EACCES',
        'TypeError',
        'TypeError',
        'ENOENT',
        'EEXIST',
      ],
    });
  });

  it('is refused where nothing is given or may be written', async () => {
    const { runtime } = await open({});
    const code = (work: string) => `
      import * as fs from 'node:fs/promises';
      export default await ${work}.then(() => 'none', (e) => e.code);`;
    expect(await runtime.eval(code(`fs.readFile('/x')`))).toBe('EACCES');
    const run = await guest(createFileBindings({ root }));
    for (const work of [
      `fs.writeFile('/notes/a.txt', 'x')`,
      `fs.rename('/notes/a.txt', '/y')`,
      `fs.rm('/notes', { recursive: true })`,
    ]) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      expect(await run(code(work))).toBe('EACCES');
    }
    expect(await readFile(join(root, 'notes/a.txt'), 'utf8')).toBe('first');
  });
});

describe('a guest that is hostile', () => {
  it('gets nothing from outside of the root, by whatever path', async () => {
    await symlink(base, join(root, 'link'));
    await symlink(join(base, 'secret.txt'), join(root, 'secret-link'));
    const run = await guest();
    const told = (await run(`
      import * as fs from 'node:fs/promises';
      const paths = ['../secret.txt', '/../secret.txt', 'notes/../../secret.txt', 'link/secret.txt', 'secret-link',
        '%2e%2e/secret.txt', '..\\\\secret.txt', '/proc/self/environ', 'file:///etc/passwd', '/link/../secret.txt',
        new URL('file:///%2e%2e/secret.txt'), new URL('file:///..%2fsecret.txt'), { href: 'file:///../secret.txt' },
        Buffer.from('../secret.txt'), 'a'.repeat(5000)];
      const got = [];
      for (const path of paths) {
        for (const work of [() => fs.readFile(path, 'utf8'), () => fs.writeFile(path, 'mine'), () => fs.rm(path, { recursive: true })]) {
          got.push(await work().then(String, (e) => e.code ? 'refused' : e.name));
        }
      }
      export default got;
    `)) as string[];
    expect(told.filter((each) => each.includes('secret') || each.includes('root:'))).toEqual([]);
    expect(await readFile(join(base, 'secret.txt'), 'utf8')).toBe('secret');
    expect((await readdir(base)).toSorted()).toEqual(['root', 'secret.txt']);
  });

  it('has its files also after it broke its own realm', async () => {
    const run = await guest();
    const told = await run(`
      const evil = () => { throw new Error('evil'); };
      const seen = [];
      const trap = { get() { seen.push('get'); return undefined; }, set() { seen.push('set'); }, configurable: true };
      for (const name of ['error', 'stat', 'names', 'bytes', 'done', 'toJSON', '0', '1']) Object.defineProperty(Object.prototype, name, trap);
      DOMException.prototype.constructor = evil; globalThis.File = evil; globalThis.Buffer.from = evil;
      Array.prototype.push = evil; Array.prototype[Symbol.iterator] = evil;
      WritableStream.prototype.getWriter = evil; WritableStreamDefaultWriter.prototype.write = evil;
      Uint8Array.prototype.set = evil; String.prototype.split = evil; Map.prototype.get = evil;
      const root = await getDirectory();
      const notes = await root.getDirectoryHandle('notes');
      const handle = await notes.getFileHandle('a.txt');
      const writer = await handle.createWritable();
      await writer.write('still');
      await writer.close();
      const text = await (await handle.getFile()).text();
      const step = await notes.keys().next();
      export default text + ' ' + typeof step.value + ' ' + seen.length;
    `);
    expect(told).toBe('still string 0');
  });

  it('has the host hold four files at once, whatever it asks for', async () => {
    let held = 0;
    let most = 0;
    const read = async () => {
      most = Math.max(most, ++held);
      await new Promise((resolve) => setImmediate(resolve));
      held--;
      return new ArrayBuffer(100_000);
    };
    const run = await guest({ readFile: read });
    const told = await run(`
      import { readFile } from 'node:fs/promises';
      const all = await Promise.all(Array.from({ length: 60 }, () => readFile('/x')));
      export default all.every(({ length }) => length === 100_000);
    `);
    expect(told).toBe(true);
    expect(most).toBe(4);
  });

  it('has the host look at few of them at once', async () => {
    let held = 0;
    let most = 0;
    const stat = async () => {
      most = Math.max(most, ++held);
      await new Promise((resolve) => setImmediate(resolve));
      held--;
      return { isFile: true, isDirectory: false, size: 1 };
    };
    const run = await guest({ stat });
    const told = await run(`
      import { stat } from 'node:fs/promises';
      export default (await Promise.all(Array.from({ length: 2000 }, () => stat('/x')))).length;
    `);
    expect(told).toBe(2000);
    expect(most).toBe(32);
  });
});

it('brings 10 MB there and back', async () => {
  const run = await guest();
  const told = await run(`
    import { readFile, writeFile } from 'node:fs/promises';
    const sent = new Uint8Array(10_000_000).map((_, i) => i * 7);
    await writeFile('/big', sent);
    const got = await readFile('/big');
    const handle = await (await getDirectory()).getFileHandle('big');
    const again = new Uint8Array(await (await handle.getFile()).arrayBuffer());
    const same = (bytes) => bytes.length === sent.length && bytes.every((byte, i) => byte === sent[i]);
    export default [same(got), same(again)];
  `);
  expect(told).toEqual([true, true]);
  const written = await readFile(join(root, 'big'));
  expect(written.byteLength).toBe(10_000_000);
  expect(written[3]).toBe(21);
});
