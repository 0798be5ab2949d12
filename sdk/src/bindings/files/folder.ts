import { constants, existsSync } from 'node:fs';
import { lstat, mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { denied } from './segments.ts';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/**
 * A folder on the way from the root. Where the system has /proc, names are looked up from its open
 * file descriptor, as openat(2) does: whatever is renamed or replaced by a link meanwhile, the
 * way goes on from the folder that was checked. Elsewhere (macOS) each name is checked before it is
 * used, and somebody who may write on the host at the same moment could still replace one.
 */
export class Folder implements AsyncDisposable {
  static readonly #hasProc = existsSync('/proc/self/fd');
  readonly #handle: FileHandle;
  readonly #path: string;

  private constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#path = Folder.#hasProc ? `/proc/self/fd/${handle.fd}` : path;
  }

  /** The root itself may be a link: its place is the host's choice. */
  static async root(path: string): Promise<Folder> {
    return new Folder(await open(path, O_RDONLY | O_DIRECTORY), path);
  }

  /** A folder below the root; with `create` what is missing is made. */
  static async within(
    root: string,
    segments: readonly string[],
    { create = false }: { create?: boolean } = {},
  ): Promise<Folder> {
    let folder = await Folder.root(root);
    for (const name of segments) {
      const outer = folder;
      try {
        // eslint-disable-next-line no-await-in-loop -- one step after the other
        folder = await outer.#enter(name, create);
      } finally {
        // eslint-disable-next-line no-await-in-loop
        await outer[Symbol.asyncDispose]();
      }
    }
    return folder;
  }

  /** Where a name in this folder is, for calls that follow no link at the end of a path. */
  at(name: string): string {
    return join(this.#path, name);
  }

  /** Where this folder is. */
  get path(): string {
    return this.#path;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#handle.close();
  }

  async #enter(name: string, create: boolean): Promise<Folder> {
    const path = this.at(name);
    if (create) await mkdir(path).catch(unlessThere);
    await refuseLink(path);
    // Opened without following: between the look and this it could have become a link.
    return new Folder(await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path);
  }
}

/** A link is refused wherever it leads: what it leads to can change after it was looked at. */
export async function refuseLink(path: string): Promise<void> {
  if ((await lstat(path)).isSymbolicLink()) throw denied('it leads through a link');
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
