import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BrowserError } from '../errors.ts';
import { isSiteData, leadsToSiteData } from './site-data.ts';

const MAX_FILES = 5_000;
const MAX_BYTES = 256 * 1024 * 1024;
/** A browser that has just been closed may still be writing. */
const REMOVAL = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 };

/** A profile on this machine's disk, for as long as a context has it open. */
export class ProfileFolder {
  readonly path: string;
  #files = 0;
  #bytes = 0;

  constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<ProfileFolder> {
    return new ProfileFolder(await mkdtemp(join(tmpdir(), 'cofferdam-profile-')));
  }

  /** Adds a file from a guest's; throws for one that is no site data, and where there is too much. */
  async add(path: string, data: Uint8Array): Promise<void> {
    if (!isSiteData(path)) throw new BrowserError('ProfileError', 'The profile has a strange file');
    this.#count(data.byteLength);
    const target = join(this.path, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, data, { flag: 'wx' });
  }

  /** The paths of the site data that is there, each with a way to read it. */
  async *siteData(): AsyncGenerator<{ path: string; read: () => Promise<Uint8Array> }> {
    this.#files = 0;
    this.#bytes = 0;
    const waiting = [''];
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
      const entries = await readdir(join(this.path, folder), { withFileTypes: true });
      for (const entry of entries) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory() && leadsToSiteData(path)) waiting.push(path);
        // Neither links nor sockets: a browser makes such for its locks.
        if (!entry.isFile() || !isSiteData(path)) continue;
        const target = join(this.path, path);
        this.#count((await stat(target)).size);
        yield { path, read: () => readFile(target) };
      }
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, REMOVAL);
  }

  #count(bytes: number): void {
    this.#files++;
    this.#bytes += bytes;
    if (this.#files <= MAX_FILES && this.#bytes <= MAX_BYTES) return;
    const most = `${MAX_FILES} files, or ${MAX_BYTES} bytes`;
    throw new BrowserError('ProfileError', `The profile has more than ${most}`);
  }
}
