import { stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { CofferdamError } from '@cofferdam/protocol';
import { watch, type FSWatcher } from 'chokidar';

export interface FolderWatchOptions {
  folder: string;
  /** What is neither read nor looked into. */
  ignores: (path: string, isFile: boolean) => boolean;
  /** Told of files that are new, other or gone, one call at a time. */
  read: (files: WatchedFile[]) => Promise<void>;
  /** The watch itself failed, or a reading; it goes on where it can. */
  onError?: ((error: unknown) => void) | undefined;
  /** A file is read when nothing happened to it for so long, in milliseconds. Default 100. */
  settleMs?: number | undefined;
}

export interface WatchedFile {
  path: string;
  /** Below the folder, with `/` between its parts. */
  file: string;
}

/** The files of a folder: all of them at the start, and every change. */
export class FolderWatch {
  readonly #options: FolderWatchOptions;
  readonly #root: string;
  /** When something last happened to a file that is to be read, on the clock of `performance`. */
  readonly #changed = new Map<string, number>();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> = Promise.resolve();
  /** All files were found, and it is not closed: from then on changes are read as they come. */
  #following = false;

  constructor(options: FolderWatchOptions) {
    this.#options = options;
    this.#root = resolve(options.folder);
  }

  /** Resolves when every file has been read once; throws `INVALID_CONFIG` when there is no folder. */
  async start(): Promise<void> {
    const found = await stat(this.#root).catch(() => undefined);
    if (!found?.isDirectory()) {
      throw new CofferdamError('INVALID_CONFIG', `there is no folder ${this.#options.folder}`);
    }
    const watcher = watch(this.#root, {
      ignored: (path, stats) => this.#ignores(path, stats?.isFile() === true),
    });
    this.#watcher = watcher;
    watcher.on('all', (_event, path) => this.#note(path));
    watcher.on('error', (error) => this.#options.onError?.(error));
    await new Promise<void>((ready) => watcher.once('ready', ready));
    this.#following = true;
    const all = this.#take([...this.#changed.keys()]);
    await this.#read(() => all);
  }

  async close(): Promise<void> {
    this.#following = false;
    clearTimeout(this.#timer);
    await this.#watcher?.close();
    await this.#reading;
  }

  #ignores(path: string, isFile: boolean): boolean {
    return path !== this.#root && this.#options.ignores(path, isFile);
  }

  /** Half a file is no news: it is read when its writer has been quiet for a moment, whoever else writes. */
  #note(path: string): void {
    if (this.#ignores(path, true)) return;
    this.#changed.set(path, performance.now());
    this.#later(this.#settleMs);
  }

  get #settleMs(): number {
    return this.#options.settleMs ?? 100;
  }

  #later(ms: number): void {
    if (!this.#following) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#read(() => this.#takeQuiet());
    }, ms);
  }

  /** One reading at a time: a later one never overtakes an earlier one's older text. */
  #read(take: () => WatchedFile[]): Promise<void> {
    this.#reading = this.#reading
      .then(async () => {
        const files = take();
        if (files.length > 0) await this.#options.read(files);
      })
      .catch((error: unknown) => this.#options.onError?.(error));
    return this.#reading;
  }

  #takeQuiet(): WatchedFile[] {
    const now = performance.now();
    const isQuiet = ([, at]: [string, number]) => now - at >= this.#settleMs;
    const quiet = this.#take([...this.#changed].filter(isQuiet).map(([path]) => path));
    const [next] = [...this.#changed.values()].sort((a, b) => a - b);
    if (next !== undefined) this.#later(Math.max(1, next + this.#settleMs - now));
    return quiet;
  }

  #take(paths: string[]): WatchedFile[] {
    return paths.map((path) => {
      this.#changed.delete(path);
      return { path, file: relative(this.#root, path).split(sep).join('/') };
    });
  }
}
