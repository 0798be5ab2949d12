import { stat } from 'node:fs/promises';
import { basename, relative, resolve, sep } from 'node:path';
import { CofferdamError } from '@cofferdam/protocol';
import { watch, type FSWatcher } from 'chokidar';
import { FolderIndex } from './folder-index.ts';
import { readScripts } from './read-file.ts';
import type { ScriptEntry, ScriptSource, SourceProblem } from './source.ts';

export interface FolderOptions {
  folder: string;
  /** Told after the first reading and after every change which scripts are new, other or gone. */
  onChange: (keys: string[]) => void;
  /** Told of problems that belong to no script, whenever they change. */
  onProblems?: (problems: SourceProblem[]) => void;
  /** The watch itself failed; it goes on where it can. */
  onError?: (error: unknown) => void;
  /** A file is read when nothing happened to it for so long, in milliseconds. Default 100. */
  settleMs?: number;
}

const IS_YAML = /\.ya?ml$/i;

/** Scripts from a folder of YAML files, and every change to it. */
export class FolderSource implements ScriptSource {
  readonly #options: FolderOptions;
  readonly #root: string;
  readonly #index = new FolderIndex();
  readonly #changed = new Set<string>();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> = Promise.resolve();
  #problemsText = '[]';

  constructor(options: FolderOptions) {
    this.#options = options;
    this.#root = resolve(options.folder);
  }

  get(key: string): ScriptEntry | undefined {
    return this.#index.get(key);
  }

  keys(): string[] {
    return this.#index.keys();
  }

  problems(): SourceProblem[] {
    return this.#index.problems();
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
    if (path === this.#root) return false;
    const name = basename(path);
    return name.startsWith('.') || name === 'node_modules' || (isFile && !IS_YAML.test(name));
  }

  /** Half a file is no news: it is read when its writer has been quiet for a moment. */
  #note(path: string): void {
    if (!IS_YAML.test(path)) return;
    this.#changed.add(path);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), this.#options.settleMs ?? 100);
  }

  /** One reading at a time: a later one never overtakes an earlier one's older text. */
  #read(): Promise<void> {
    this.#reading = this.#reading
      .then(() => this.#readChanged())
      .catch((error: unknown) => this.#options.onError?.(error));
    return this.#reading;
  }

  async #readChanged(): Promise<void> {
    const paths = [...this.#changed];
    this.#changed.clear();
    const updates: [string, Awaited<ReturnType<typeof readScripts>>][] = [];
    for (const path of paths) {
      const file = relative(this.#root, path).split(sep).join('/');
      // One file after another: a thousand open files at once help no one.
      // eslint-disable-next-line no-await-in-loop
      updates.push([file, await readScripts(path, file)]);
    }
    const keys = this.#index.update(updates);
    this.#tellProblems();
    if (keys.length > 0) this.#options.onChange(keys);
  }

  #tellProblems(): void {
    const problems = this.#index.problems();
    const text = JSON.stringify(problems);
    if (text === this.#problemsText) return;
    this.#problemsText = text;
    this.#options.onProblems?.(problems);
  }
}
