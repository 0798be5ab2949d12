import { primordials } from '../../../guest/captured.ts';
import { defineInterface, record } from '../../../guest/interface.ts';
import { ask, writeBytes, type FileStat } from './calls.ts';
import { iterate, type EntryOf } from './entries.ts';
import { dictionary, FileSystemFileHandle } from './file-handle.ts';
import { failure, fileError, FileSystemHandle, KEY, kindOf, placeOf } from './handle.ts';
import { guestArray } from './guest-array.ts';
import { own } from './own.ts';
import { childOf, isName, pathOf, segmentsOf } from './path.ts';
import { removeTree } from './remove-tree.ts';

const { asyncIterator, defineProperty, stringIndexOf, stringSlice, TypeError, Uint8Array } =
  primordials;

type Entry = FileSystemFileHandle | FileSystemDirectoryHandle;
interface CreateOptions {
  create?: unknown;
}

export class FileSystemDirectoryHandle extends FileSystemHandle {
  constructor(key: unknown, place: string) {
    super(key, place, 'directory');
  }

  async getFileHandle(name: unknown, options: unknown = undefined): Promise<FileSystemFileHandle> {
    const { place, creates } = childFor(this, name, options);
    const stat = await own(lookAt(place, creates));
    if (stat && !stat.isFile) throw failure('TypeMismatchError', `'${place}' is no file`);
    if (!stat) await own(done(writeBytes(place, new Uint8Array(0)), place));
    return new FileSystemFileHandle(KEY, place);
  }

  async getDirectoryHandle(
    name: unknown,
    options: unknown = undefined,
  ): Promise<FileSystemDirectoryHandle> {
    const { place, creates } = childFor(this, name, options);
    const stat = await own(lookAt(place, creates));
    if (stat && !stat.isDirectory) throw failure('TypeMismatchError', `'${place}' is no folder`);
    if (!stat) await own(done(ask({ method: 'mkdir', path: place }), place));
    return new FileSystemDirectoryHandle(KEY, place);
  }

  async removeEntry(name: unknown, options: unknown = undefined): Promise<void> {
    const { place } = childFor(this, name, undefined);
    const recursive = !!dictionary<{ recursive?: unknown }>(options)?.recursive;
    const failed = await own(removeTree(place, recursive));
    if (failed.error) throw fileError(failed.error, failed.path);
  }

  async resolve(possibleDescendant: unknown): Promise<string[] | null> {
    const place = placeOf(this);
    const other = placeOf(possibleDescendant);
    if (kindOf(possibleDescendant) === 'directory' && other === place) return [];
    const folder = place === '/' ? '/' : `${place}/`;
    if (stringIndexOf(other, folder) !== 0) return null;
    const names = segmentsOf(stringSlice(other, folder.length))!;
    return guestArray(names);
  }

  entries(): AsyncIteratorObject<[string, Entry], undefined> {
    return walk(this, (name, handle) => [name, handle]);
  }
  keys(): AsyncIteratorObject<string, undefined> {
    return walk(this, (name) => name);
  }
  values(): AsyncIteratorObject<Entry, undefined> {
    return walk(this, (_name, handle) => handle);
  }
  declare [Symbol.asyncIterator]: () => AsyncIteratorObject<[string, Entry], undefined>;
}

const { prototype } = FileSystemDirectoryHandle;
defineInterface(FileSystemDirectoryHandle, 'FileSystemDirectoryHandle', 0);
defineProperty(
  prototype,
  asyncIterator,
  record({ value: prototype.entries, writable: true, configurable: true }),
);

function walk<T>(
  handle: FileSystemDirectoryHandle,
  shape: (name: string, handle: FileSystemHandle) => unknown,
): AsyncIteratorObject<T, undefined> {
  const place = placeOf(handle);
  const entryOf: EntryOf = async (name) => {
    const path = childOf(place, name);
    const { stat } = await own(ask({ method: 'stat', path }));
    if (stat?.isFile) return record({ handle: new FileSystemFileHandle(KEY, path) });
    return record({
      handle: stat?.isDirectory ? new FileSystemDirectoryHandle(KEY, path) : undefined,
    });
  };
  return iterate<T>({ place, entryOf, shape });
}

function childFor(
  handle: FileSystemDirectoryHandle,
  name: unknown,
  options: unknown,
): { place: string; creates: boolean } {
  const place = placeOf(handle);
  const text = `${name as string}`;
  const creates = !!dictionary<CreateOptions>(options)?.create;
  if (!isName(text)) throw new TypeError(`'${text}' is no name of a file`);
  return record({ place: childOf(place, text), creates });
}

/** What an entry is; `undefined` for one that is to be made. */
async function lookAt(path: string, creates: boolean): Promise<FileStat | undefined> {
  const { error, stat } = await own(ask({ method: 'stat', path }));
  if (!error) return stat;
  if (creates && error.name === 'NotFoundError') return undefined;
  throw fileError(error, path);
}

async function done(work: ReturnType<typeof ask>, path: string): Promise<void> {
  const { error } = await own(work);
  if (error) throw fileError(error, path);
}

/** The folder at a path below the root that the host gave, which is `/`. */
export async function getDirectory(path: unknown = '/'): Promise<FileSystemDirectoryHandle> {
  const text = `${path as string}`;
  const segments = segmentsOf(text);
  if (!segments) throw failure('NotAllowedError', `'${text}' leads out of the root`);
  const place = pathOf(segments);
  const stat = await own(lookAt(place, false));
  if (!stat!.isDirectory) throw failure('TypeMismatchError', `'${place}' is no folder`);
  return new FileSystemDirectoryHandle(KEY, place);
}
