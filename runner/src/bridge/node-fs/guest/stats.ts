import { primordials } from '../../../guest/captured.ts';
import { defineInterface } from '../../../guest/interface.ts';
import type { FileStat } from '../../directory/guest/calls.ts';

const { Date, TypeError } = primordials;

export const KEY = {};
const FILE_MODE = 0o100_644;
const FOLDER_MODE = 0o040_755;

/** What Node tells of a file, as far as an embedder tells it. */
export class Stats {
  readonly #isFile: boolean;
  readonly #isDirectory: boolean;
  size: number;
  mode: number;
  mtimeMs: number;
  mtime: Date;

  constructor(key: unknown, { isFile, isDirectory, size, lastModified = 0 }: FileStat) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#isFile = isFile;
    this.#isDirectory = isDirectory;
    this.size = size;
    this.mode = isDirectory ? FOLDER_MODE : FILE_MODE;
    this.mtimeMs = lastModified;
    this.mtime = new Date(lastModified);
  }

  isFile(): boolean {
    return this.#isFile;
  }
  isDirectory(): boolean {
    return this.#isDirectory;
  }
  isSymbolicLink(): boolean {
    return false;
  }
}

/** One entry of a folder. */
export class Dirent {
  readonly #stat: FileStat;
  name: string;
  parentPath: string;

  constructor(key: unknown, stat: FileStat, at: { name: string; parentPath: string }) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#stat = stat;
    this.name = at.name;
    this.parentPath = at.parentPath;
  }

  isFile(): boolean {
    return this.#stat.isFile;
  }
  isDirectory(): boolean {
    return this.#stat.isDirectory;
  }
  isSymbolicLink(): boolean {
    return false;
  }
}

defineInterface(Stats, 'Stats', 0);
defineInterface(Dirent, 'Dirent', 0);
