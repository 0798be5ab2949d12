import type { ParsedFile } from './document.ts';
import { keyOf, type ScriptEntry, type ScriptSource, type SourceProblem } from './source.ts';

/** More scripts than this are not taken from one folder. */
const MAX_SCRIPTS = 1_000;
/** Files beyond these are not kept: 1,000 files of 1 MiB are enough to hold. */
const MAX_FILES = 1_000;

const MAX_FILES_NOTE: SourceProblem = {
  file: '(folder)',
  line: 0,
  column: 0,
  path: '',
  message: `more than ${MAX_FILES} YAML files; those beyond are not read`,
};

/** What all files together say: every script once, and what is wrong with the rest. */
export class FolderIndex implements ScriptSource {
  readonly #files = new Map<string, ParsedFile>();
  #entries = new Map<string, ScriptEntry>();
  #problems: SourceProblem[] = [];

  get(key: string): ScriptEntry | undefined {
    return this.#entries.get(key);
  }

  keys(): string[] {
    return [...this.#entries.keys()];
  }

  problems(): SourceProblem[] {
    return [...this.#problems];
  }

  /** Takes what files say now (undefined: the file is gone); answers the keys that changed. */
  update(changes: Iterable<[file: string, parsed: ParsedFile | undefined]>): string[] {
    for (const [file, parsed] of changes) {
      if (!parsed) this.#files.delete(file);
      else if (this.#files.has(file) || this.#files.size < MAX_FILES) this.#files.set(file, parsed);
      else this.#files.set(MAX_FILES_NOTE.file, { entries: [], problems: [MAX_FILES_NOTE] });
    }
    const before = this.#entries;
    this.#rebuild();
    const keys = new Set([...before.keys(), ...this.#entries.keys()]);
    return [...keys].filter((key) => before.get(key) !== this.#entries.get(key));
  }

  /** In the order of paths: of two files that name one script the later is wrong, on every start. */
  #rebuild(): void {
    this.#entries = new Map();
    this.#problems = [];
    for (const file of [...this.#files.keys()].sort()) {
      const { entries, problems } = this.#files.get(file)!;
      this.#problems.push(...problems);
      for (const entry of entries) this.#add(entry);
    }
  }

  #add(entry: ScriptEntry): void {
    const key = keyOf(entry);
    const first = this.#entries.get(key);
    if (first) {
      this.#refuse(entry, `${key} is defined already in ${first.file}`);
    } else if (this.#entries.size >= MAX_SCRIPTS) {
      this.#refuse(entry, `a folder holds at most ${MAX_SCRIPTS} scripts; ${key} is one too many`);
    } else {
      this.#entries.set(key, entry);
    }
  }

  #refuse(entry: ScriptEntry, message: string): void {
    const { file, line, column } = entry;
    this.#problems.push({ file, line, column, path: 'metadata.name', message });
  }
}
