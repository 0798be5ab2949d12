import { Buffer } from 'node:buffer';
import { parseJson } from '@cofferdam/protocol';
import { BrowserError } from '../errors.ts';
import { readInputFile, writeBytes } from '../file-access.ts';
import type { BrowserFiles } from '../options.ts';

const MAX_LIST_BYTES = 8 * 1024 * 1024;
const MAX_FILES = 5_000;

/** The files of one profile, in a folder of the files binding. */
export class ProfileFiles {
  readonly #files: BrowserFiles;
  readonly #folder: string;

  constructor(files: BrowserFiles, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** Undefined where there is none yet. */
  async read(path: string): Promise<Buffer | undefined> {
    try {
      return (await readInputFile(this.#files, this.#at(path))).buffer;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw failed('loaded', error);
    }
  }

  async write(path: string, data: Uint8Array | string): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    try {
      await writeBytes(this.#files, this.#at(path), bytes);
    } catch (error) {
      throw failed('kept', error);
    }
  }

  /** One that cannot be removed stays, which harms nothing: what counts is the list. */
  async remove(path: string): Promise<void> {
    await this.#files.removeFile?.(this.#at(path)).catch(() => {});
  }

  /** The paths that a list names: a guest may have written it. */
  async readList(path: string): Promise<string[]> {
    const bytes = await this.read(path);
    if (!bytes) return [];
    try {
      const list = parseJson(bytes.toString('utf8'), { maxBytes: MAX_LIST_BYTES });
      const isList = Array.isArray(list) && list.every((each) => typeof each === 'string');
      if (!isList || list.length > MAX_FILES) throw new TypeError('it is no list of paths');
      return list;
    } catch (error) {
      throw failed('loaded', error);
    }
  }

  #at(path: string): string {
    return `${this.#folder}/${path}`;
  }
}

function isMissing(error: unknown): boolean {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  return code === 'ENOENT' || name === 'NotFoundError';
}

function failed(what: 'loaded' | 'kept', cause: unknown): BrowserError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new BrowserError('ProfileError', `The profile cannot be ${what}: ${message}`, { cause });
}
