import { basename } from 'node:path';
import { FolderIndex } from './folder-index.ts';
import { FolderWatch, type WatchedFile } from './folder-watch.ts';
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
  readonly #watch: FolderWatch;
  readonly #index = new FolderIndex();
  #problemsText = '[]';

  constructor(options: FolderOptions) {
    this.#options = options;
    const { folder, onError, settleMs } = options;
    this.#watch = new FolderWatch({
      ...{ folder, onError, settleMs },
      ignores,
      read: (files) => this.#readChanged(files),
    });
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
  start(): Promise<void> {
    return this.#watch.start();
  }

  close(): Promise<void> {
    return this.#watch.close();
  }

  async #readChanged(files: WatchedFile[]): Promise<void> {
    const updates: [string, Awaited<ReturnType<typeof readScripts>>][] = [];
    for (const { path, file } of files) {
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

function ignores(path: string, isFile: boolean): boolean {
  const name = basename(path);
  return name.startsWith('.') || name === 'node_modules' || (isFile && !IS_YAML.test(name));
}
