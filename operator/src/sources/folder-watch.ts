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
  /** A file is read when nothing happened to any for so long, in milliseconds. Default 100. */
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
  readonly #changed = new Set<string>();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> = Promise.resolve();

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
    clearTimeout(this.#timer);
    await this.#read();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#watcher?.close();
    await this.#reading;
  }

  #ignores(path: string, isFile: boolean): boolean {
    return path !== this.#root && this.#options.ignores(path, isFile);
  }

  /** Half a file is no news: it is read when its writer has been quiet for a moment. */
  #note(path: string): void {
    if (this.#ignores(path, true)) return;
    this.#changed.add(path);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), this.#options.settleMs ?? 100);
  }

  /** One reading at a time: a later one never overtakes an earlier one's older text. */
  #read(): Promise<void> {
    this.#reading = this.#reading
      .then(() => this.#options.read(this.#takeChanged()))
      .catch((error: unknown) => this.#options.onError?.(error));
    return this.#reading;
  }

  #takeChanged(): WatchedFile[] {
    const paths = [...this.#changed];
    this.#changed.clear();
    return paths.map((path) => ({
      path,
      file: relative(this.#root, path).split(sep).join('/'),
    }));
  }
}
