import { constants } from 'node:fs';
import { mkdir, open, rename, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import type { FileBindings } from '../../types.ts';
import { Folder, refuseLink } from './folder.ts';
import { O_NOFOLLOW, O_NONBLOCK, requireFile, tooLarge, type Place } from './readers.ts';
import { denied, segmentsOf, splitPath } from './segments.ts';

type Writers = Required<Pick<FileBindings, 'writeFile' | 'unlink' | 'mkdir' | 'rmdir' | 'rename'>>;

const FOR_WRITING = constants.O_WRONLY | constants.O_CREAT | O_NOFOLLOW | O_NONBLOCK;

export function writers({ root, maxFileBytes }: Place): Writers {
  const inFolder = async <T>(path: string, work: (at: string) => Promise<T>): Promise<T> => {
    const { folder, name } = splitPath(path);
    await using parent = await Folder.within(root, folder);
    return await work(parent.at(name));
  };
  return {
    async writeFile(path, data) {
      if (data.byteLength > maxFileBytes) throw tooLarge(maxFileBytes);
      const { folder, name } = splitPath(path);
      await using parent = await Folder.within(root, folder, { create: true });
      await using file = await openForWriting(parent.at(name));
      await requireFile(file);
      await file.truncate();
      await file.writeFile(new Uint8Array(data));
    },
    // Of a link these two take the link itself.
    unlink: (path) => inFolder(path, (at) => unlink(at)),
    rmdir: (path) => inFolder(path, (at) => rmdir(at)),
    async mkdir(path, options) {
      if (!options?.recursive) return inFolder(path, (at) => mkdir(at));
      const made = await Folder.within(root, segmentsOf(path), { create: true });
      await made[Symbol.asyncDispose]();
    },
    async rename(from, to) {
      const [source, target] = [splitPath(from), splitPath(to)];
      await using before = await Folder.within(root, source.folder);
      await using after = await Folder.within(root, target.folder);
      await refuseLink(before.at(source.name));
      await rename(before.at(source.name), after.at(target.name));
    },
  };
}

async function openForWriting(path: string): Promise<FileHandle> {
  try {
    return await open(path, FOR_WRITING, 0o666);
  } catch (error) {
    // A pipe that nobody reads.
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') throw denied('it is no regular file');
    throw error;
  }
}

export function refuseWrites(): Writers {
  const refuse = (): Promise<never> =>
    Promise.reject(denied('these files can only be read (allowWrite is not set)'));
  return { writeFile: refuse, unlink: refuse, mkdir: refuse, rmdir: refuse, rename: refuse };
}
