import { primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import {
  ask,
  readBytes,
  writeBytes,
  type FileAnswer,
  type FileStat,
} from '../../directory/guest/calls.ts';
import { guestArray } from '../../directory/guest/guest-array.ts';
import { own } from '../../directory/guest/own.ts';
import { childOf } from '../../directory/guest/path.ts';
import { removeTree } from '../../directory/guest/remove-tree.ts';
import { content, dataOf, readOptions, readPath } from './arguments.ts';
import { failureOf, systemError, type Where } from './file-system-error.ts';
import { Dirent, KEY, Stats } from './stats.ts';

const { typedLength, typedSet, TypeError, Uint8Array } = primordials;

async function checked(work: Promise<FileAnswer>, where: Where): Promise<FileAnswer> {
  const answer = await own(work);
  if (answer.error) throw failureOf(answer.error, where);
  return answer;
}

async function statOf(path: string, syscall: string): Promise<FileStat> {
  const answer = await own(checked(ask({ method: 'stat', path }), { syscall, path }));
  return answer.stat!;
}

async function bytesOf(path: string): Promise<{ bytes: Uint8Array<ArrayBuffer> }> {
  const { error, bytes } = await own(readBytes(path));
  if (error) throw failureOf(error, { syscall: 'open', path });
  return record({ bytes });
}

export async function readFile(path: unknown, options?: unknown): Promise<unknown> {
  const { encoding } = readOptions(options);
  const { bytes } = await own(bytesOf(readPath(path, 'open')));
  return content(bytes, encoding);
}

export async function writeFile(path: unknown, data: unknown, options?: unknown): Promise<void> {
  const { encoding, flag = 'w' } = readOptions(options);
  const place = readPath(path, 'open');
  const bytes = dataOf(data, encoding);
  if (flag === 'a') return await own(append(place, bytes));
  if (flag === 'wx') {
    const { error } = await own(ask({ method: 'stat', path: place }));
    if (!error) throw systemError('EEXIST', { syscall: 'open', path: place });
  } else if (flag !== 'w') {
    throw new TypeError("The flag must be 'w', 'wx' or 'a'");
  }
  await own(checked(writeBytes(place, bytes), { syscall: 'open', path: place }));
}

export async function appendFile(path: unknown, data: unknown, options?: unknown): Promise<void> {
  const { encoding } = readOptions(options);
  await own(append(readPath(path, 'open'), dataOf(data, encoding)));
}

/** Read and written whole: what others write meanwhile is lost. */
async function append(path: string, data: Uint8Array): Promise<void> {
  const where = { syscall: 'open', path };
  const { error, bytes } = await own(readBytes(path));
  if (error && error.name !== 'NotFoundError') throw failureOf(error, where);
  const size = typedLength(bytes);
  const whole = new Uint8Array(size + typedLength(data));
  typedSet(whole, bytes);
  typedSet(whole, data, size);
  await own(checked(writeBytes(path, whole), where));
}

export async function readdir(path: unknown, options?: unknown): Promise<unknown[]> {
  const place = readPath(path, 'scandir');
  const { withFileTypes, recursive } = readOptions(options);
  if (recursive) throw new TypeError('readdir cannot be recursive here');
  const where = { syscall: 'scandir', path: place };
  const { names } = await own(checked(ask({ method: 'readdir', path: place }), where));
  const entries = list<unknown>();
  for (let i = 0; i < names!.length; i++) {
    const name = names![i]!;
    // eslint-disable-next-line no-await-in-loop -- one after the other
    const { value } = withFileTypes ? await own(direntOf(place, name)) : { value: name };
    entries[i] = value;
  }
  return guestArray(entries);
}

async function direntOf(parentPath: string, name: string): Promise<{ value: Dirent }> {
  const looked = await own(ask({ method: 'stat', path: childOf(parentPath, name) }));
  const other = record({ isFile: false, isDirectory: false, size: 0 });
  return record({ value: new Dirent(KEY, looked.stat ?? other, { name, parentPath }) });
}

export async function mkdir(path: unknown, options?: unknown): Promise<undefined> {
  const place = readPath(path, 'mkdir');
  const isMode = typeof options === 'number';
  const { recursive } = readOptions(isMode ? undefined : options);
  const request = { method: 'mkdir' as const, path: place, recursive };
  await own(checked(ask(request), { syscall: 'mkdir', path: place }));
}

export async function rmdir(path: unknown): Promise<void> {
  const place = readPath(path, 'rmdir');
  const where = { syscall: 'rmdir', path: place };
  await own(checked(ask({ method: 'rmdir', path: place }), where));
}

export async function unlink(path: unknown): Promise<void> {
  const place = readPath(path, 'unlink');
  const where = { syscall: 'unlink', path: place };
  await own(checked(ask({ method: 'unlink', path: place }), where));
}

export async function rm(path: unknown, options?: unknown): Promise<void> {
  const place = readPath(path, 'rm');
  const { recursive, force } = readOptions(options);
  const looked = await own(ask({ method: 'stat', path: place }));
  if (force && looked.error?.name === 'NotFoundError') return;
  if (looked.stat?.isDirectory && !recursive) {
    throw systemError('EISDIR', { syscall: 'rm', path: place });
  }
  const removal = await own(removeTree(place, recursive));
  if (removal.error) throw failureOf(removal.error, { syscall: 'rm', path: removal.path });
}

export async function stat(path: unknown): Promise<Stats> {
  return new Stats(KEY, await own(statOf(readPath(path, 'stat'), 'stat')));
}

/** Links are refused, so there is nothing else to tell. */
export async function lstat(path: unknown): Promise<Stats> {
  return new Stats(KEY, await own(statOf(readPath(path, 'lstat'), 'lstat')));
}

/** Whether it is there; what may be done with it shows when it is done. */
export async function access(path: unknown): Promise<void> {
  await own(statOf(readPath(path, 'access'), 'access'));
}

export async function rename(oldPath: unknown, newPath: unknown): Promise<void> {
  const path = readPath(oldPath, 'rename');
  const to = readPath(newPath, 'rename');
  const where = { syscall: 'rename', path, dest: to };
  await own(checked(ask({ method: 'rename', path, to }), where));
}

export async function copyFile(source: unknown, target: unknown, mode: unknown = 0): Promise<void> {
  const path = readPath(source, 'copyfile');
  const dest = readPath(target, 'copyfile');
  const where = { syscall: 'copyfile', path, dest };
  const { error, bytes } = await own(readBytes(path));
  if (error) throw failureOf(error, where);
  if (mode === constants.COPYFILE_EXCL) {
    const there = await own(ask({ method: 'stat', path: dest }));
    if (!there.error) throw systemError('EEXIST', where);
  }
  await own(checked(writeBytes(dest, bytes), where));
}

export const constants = { F_OK: 0, X_OK: 1, W_OK: 2, R_OK: 4, COPYFILE_EXCL: 1 };
