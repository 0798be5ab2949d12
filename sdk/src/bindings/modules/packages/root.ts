import { lstat, realpath } from 'node:fs/promises';
import { Folder } from '../../files/folder.ts';
import { readers } from '../../files/readers.ts';
import { segmentsOf } from '../../files/segments.ts';
import { Slots } from '../../slots.ts';
import { MAX_SOURCE_BYTES } from '../host-file.ts';

/** Looks at packages at once: each may hold two file descriptors, and a guest asks for thousands. */
const disk = new Slots(32);

type Kind = 'file' | 'folder' | 'link' | 'other';

/** A folder of the host's and where guests see it. Below it no link is followed. */
export class PackageRoot {
  /** An absolute path of guests. */
  readonly place: string;
  /** An absolute path of the host's, without links. */
  readonly real: string;
  readonly #readFile: ReturnType<typeof readers>['readFile'];

  constructor(place: string, real: string) {
    this.place = place;
    this.real = real;
    this.#readFile = readers({ root: real, maxFileBytes: MAX_SOURCE_BYTES }).readFile;
  }

  /** What there is at a path below the root, itself if it is a link; `undefined` for nothing. */
  async kindAt(path: string): Promise<Kind | undefined> {
    const segments = segmentsOf(path);
    const name = segments.pop();
    if (name === undefined) return 'folder';
    try {
      return await disk.use(undefined, async () => {
        await using folder = await Folder.within(this.real, segments);
        const stat = await lstat(folder.at(name));
        if (stat.isSymbolicLink()) return 'link';
        if (stat.isFile()) return 'file';
        return stat.isDirectory() ? 'folder' : 'other';
      });
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw withoutPath(error, path);
    }
  }

  async read(path: string): Promise<string> {
    try {
      const context = undefined as never;
      const data = await disk.use(undefined, () => this.#readFile(path, context));
      return Buffer.from(data).toString();
    } catch (error) {
      throw withoutPath(error, path);
    }
  }

  /** Where a link below the root leads; `undefined` for one that leads to nothing. */
  async targetOf(path: string): Promise<string | undefined> {
    const segments = segmentsOf(path);
    const name = segments.pop()!;
    try {
      return await disk.use(undefined, async () => {
        await using folder = await Folder.within(this.real, segments);
        return await realpath(folder.at(name));
      });
    } catch {
      return undefined;
    }
  }

  /** The path below the root of a path of the host's, where it is below it. */
  pathOf(real: string): string | undefined {
    return below(this.real, real);
  }
}

/** The rest of a path below a folder; empty for the folder itself, `undefined` outside of it. */
export function below(folder: string, path: string): string | undefined {
  if (path === folder) return '';
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}

/** Also a link on the way: nothing of what is behind it is there. */
function isAbsence(error: unknown): boolean {
  const { code, name } = Object(error) as NodeJS.ErrnoException;
  if (name === 'NotAllowedError') return true;
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(String(code));
}

/** What the system says holds the host's paths. */
function withoutPath(error: unknown, path: string): Error {
  const { code, syscall, message } = Object(error) as NodeJS.ErrnoException;
  const why = syscall === undefined ? message : code;
  return new Error(`Cannot read '${path}' of the mounted packages: ${why}`);
}
