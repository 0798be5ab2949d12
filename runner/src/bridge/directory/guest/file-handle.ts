import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface } from '../../../guest/interface.ts';
import type { FilesGroup } from '../../files/guest.ts';
import type { File } from '../../files/guest/file.ts';
import { ask, readBytes } from './calls.ts';
import { failure, fileError, FileSystemHandle, placeOf } from './handle.ts';
import { own } from './own.ts';
import { FileSystemWritableFileStream } from './writable-file.ts';
import { KEY } from './handle.ts';

const { trunc, TypeError, Uint8Array } = primordials;

export class FileSystemFileHandle extends FileSystemHandle {
  constructor(key: unknown, place: string) {
    super(key, place, 'file');
  }

  async getFile(): Promise<File> {
    const place = placeOf(this);
    const { name } = this;
    const looked = own(ask({ method: 'stat', path: place }));
    const { error, bytes } = await own(readBytes(place));
    const { stat } = await looked;
    if (error) throw fileError(error, place);
    const { fileOfBytes } = core.use<FilesGroup>('files');
    const changed = stat?.lastModified;
    return fileOfBytes(bytes, name, '', changed === undefined ? undefined : trunc(changed));
  }

  async createWritable(options: unknown = undefined): Promise<FileSystemWritableFileStream> {
    const place = placeOf(this);
    const keeps = !!dictionary<{ keepExistingData?: unknown }>(options)?.keepExistingData;
    const { error, stat } = await own(ask({ method: 'stat', path: place }));
    if (error) throw fileError(error, place);
    if (!stat!.isFile) throw failure('TypeMismatchError', `'${place}' is no file`);
    if (!keeps) return new FileSystemWritableFileStream(KEY, place, new Uint8Array(0));
    const now = await own(readBytes(place));
    if (now.error) throw fileError(now.error, place);
    return new FileSystemWritableFileStream(KEY, place, now.bytes);
  }
}

defineInterface(FileSystemFileHandle, 'FileSystemFileHandle', 0);

export function dictionary<T>(value: unknown): T | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object' || typeof value === 'function') return value as T;
  throw new TypeError('The options must be an object');
}
