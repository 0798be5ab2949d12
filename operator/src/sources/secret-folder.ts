import { open, stat } from 'node:fs/promises';
import { constants } from 'node:fs';
import { basename } from 'node:path';
import { CofferdamError } from '@cofferdam/protocol';
import type { ObjectData, ObjectReference } from '../references/texts.ts';
import { FolderWatch, type WatchedFile } from './folder-watch.ts';

export interface SecretFolderOptions {
  /** `<namespace>/<name>/<key>` below it are files, each the value of a Secret's key. */
  folder: string;
  /** Told after every change. */
  onChange: () => void;
  onError?: (error: unknown) => void;
  settleMs?: number;
}

/** One byte more than a value may have: a larger one is told of where it is used. */
const MAX_READ_BYTES = 32 * 1024 + 1;
const MAX_FILES = 1_000;
/** Namespace, name, key. */
const DEPTH = 3;
/** Whoever may pass the folder could read what it holds. */
const OTHERS = 0o007;

/** Secrets without a cluster: files that the machine's owner keeps beside the scripts. */
export class SecretFolder {
  readonly #options: SecretFolderOptions;
  readonly #watch: FolderWatch;
  /** Values by key, by `namespace/name`. */
  readonly #secrets = new Map<string, Map<string, string>>();
  #files = 0;
  #isStarted = false;

  constructor(options: SecretFolderOptions) {
    this.#options = options;
    const { folder, onError, settleMs } = options;
    this.#watch = new FolderWatch({
      ...{ folder, onError, settleMs },
      ignores: (path) => basename(path).startsWith('.'),
      read: (files) => this.#readAll(files),
    });
  }

  /** Resolves when every file was read. Throws `INVALID_CONFIG` where there is no folder, or everybody may enter it. */
  async start(): Promise<void> {
    const { folder } = this.#options;
    const found = await stat(folder).catch(() => undefined);
    if (found && (found.mode & OTHERS) !== 0) {
      throw new CofferdamError('INVALID_CONFIG', `${folder} is open to every user: chmod o-rwx it`);
    }
    await this.#watch.start();
    this.#isStarted = true;
  }

  data({ kind, namespace, name }: ObjectReference): ObjectData {
    const values = kind === 'Secret' ? this.#secrets.get(`${namespace}/${name}`) : undefined;
    return values && Object.fromEntries(values);
  }

  close(): Promise<void> {
    return this.#watch.close();
  }

  async #readAll(files: WatchedFile[]): Promise<void> {
    let changed = false;
    for (const { path, file } of files) {
      const parts = file.split('/');
      if (parts.length !== DEPTH) continue;
      // eslint-disable-next-line no-await-in-loop -- one after the other: they are few
      const value = await readValue(path);
      if (this.#keep(parts.slice(0, 2).join('/'), parts[2]!, value)) changed = true;
    }
    if (changed && this.#isStarted) this.#options.onChange();
  }

  /** Whether it is other than before. */
  #keep(secret: string, key: string, value: string | undefined): boolean {
    const values = this.#secrets.get(secret) ?? new Map<string, string>();
    const before = values.get(key);
    if (before === value) return false;
    if (before === undefined && this.#files >= MAX_FILES) {
      throw new Error(`more than ${MAX_FILES} files of Secrets; those beyond are not read`);
    }
    if (before === undefined) this.#files++;
    if (value === undefined) this.#files--;
    if (value === undefined) values.delete(key);
    else values.set(key, value);
    if (values.size === 0) this.#secrets.delete(secret);
    else this.#secrets.set(secret, values);
    return true;
  }
}

/** The text of a file; undefined where it is gone, or none that can be read. */
async function readValue(path: string): Promise<string | undefined> {
  try {
    // A pipe is not waited for.
    await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await handle.stat()).isFile()) return undefined;
    const buffer = Buffer.alloc(MAX_READ_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, MAX_READ_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return undefined;
  }
}
