import { constants } from 'node:fs';
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises';
import type { FileBindings, FileStat } from '../../types.ts';
import { Folder, refuseLink } from './folder.ts';
import { denied, segmentsOf, splitPath } from './segments.ts';

export interface Place {
  root: string;
  maxFileBytes: number;
}

/** Without waiting: opening a pipe that nobody writes to would last for ever. */
export const { O_NOFOLLOW, O_NONBLOCK } = constants;

export function readers(
  place: Place,
): Required<Pick<FileBindings, 'readFile' | 'readdir' | 'stat'>> {
  const { root } = place;
  return {
    async readFile(path) {
      const { folder, name } = splitPath(path);
      await using parent = await Folder.within(root, folder);
      await refuseLink(parent.at(name));
      await using file = await open(parent.at(name), constants.O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      return await readWhole(file, place.maxFileBytes);
    },
    async readdir(path) {
      await using folder = await Folder.within(root, segmentsOf(path));
      return await readdir(folder.path);
    },
    async stat(path): Promise<FileStat> {
      const segments = segmentsOf(path);
      const name = segments.pop();
      await using parent = await Folder.within(root, segments);
      const stat = await lstat(name === undefined ? `${parent.path}/.` : parent.at(name));
      if (stat.isSymbolicLink()) throw denied('it is a link');
      const { size, mtimeMs } = stat;
      const [isFile, isDirectory] = [stat.isFile(), stat.isDirectory()];
      return { isFile, isDirectory, size: isFile ? size : 0, lastModified: Math.floor(mtimeMs) };
    },
  };
}

/** A file can grow while it is read: never more than the limit is held. */
async function readWhole(file: FileHandle, maxBytes: number): Promise<ArrayBuffer> {
  const { size } = await requireFile(file);
  if (size > maxBytes) throw tooLarge(maxBytes);
  const bytes = new Uint8Array(size);
  let at = 0;
  while (at < size) {
    // eslint-disable-next-line no-await-in-loop -- one piece after the other
    const { bytesRead } = await file.read(bytes, at, size - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return at === size ? bytes.buffer : bytes.buffer.slice(0, at);
}

/** Devices, pipes and sockets are no files for a guest. */
export async function requireFile(file: FileHandle) {
  const stat = await file.stat();
  if (stat.isDirectory()) throw new DOMException('it is a directory', 'TypeMismatchError');
  if (!stat.isFile()) throw denied('it is no regular file');
  return stat;
}

export function tooLarge(maxBytes: number): DOMException {
  return new DOMException(`it is larger than ${maxBytes} bytes`, 'QuotaExceededError');
}
