import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What TypeScript may ask about files; each answer is the last word, so that it never looks itself. */
export interface FileSystem {
  readFile(path: string): string | null;
  fileExists(path: string): boolean;
  directoryExists(path: string): boolean;
  getAccessibleEntries(path: string): { files: string[]; directories: string[] };
  realpath(path: string): string;
}

/** The language's own library. That of a browser is left out: the guest has none of it. */
const LIBRARY_FILE = /^lib\.(?:es[\w.]+|decorators(?:\.legacy)?)\.d\.ts$/;
const DECLARATION_FILE = /^[\w-]+\.d\.ts$/;
const TYPES = new URL('../../types/', import.meta.url);
export const TYPES_FOLDER = '/types';

/**
 * The files of a check, held in memory. Of the host's files TypeScript sees two kinds and no others:
 * its own library and our declarations, which are read here.
 */
export class VirtualFiles implements FileSystem {
  readonly #files = new Map<string, string>();
  readonly #fixed = new Map<string, string | null>();
  readonly #libraryFolder = libraryFolder();

  write(path: string, text: string): void {
    this.#files.set(path, text);
  }

  /** Forgets what is under a folder; answers the paths. */
  remove(folder: string): string[] {
    const paths = [...this.#files.keys()].filter((path) => path.startsWith(`${folder}/`));
    for (const path of paths) this.#files.delete(path);
    return paths;
  }

  // Bound: TypeScript takes the functions off this object.
  readonly readFile = (path: string): string | null =>
    this.#files.get(path) ?? this.#readFixed(path);

  readonly fileExists = (path: string): boolean => this.readFile(path) !== null;

  readonly directoryExists = (path: string): boolean => {
    const prefix = path.endsWith('/') ? path : `${path}/`;
    for (const file of this.#files.keys()) if (file.startsWith(prefix)) return true;
    return false;
  };

  /** Nothing is found by searching a folder: a check names its files. */
  readonly getAccessibleEntries = (): { files: string[]; directories: string[] } => ({
    files: [],
    directories: [],
  });

  readonly realpath = (path: string): string => path;

  #readFixed(path: string): string | null {
    let text = this.#fixed.get(path);
    if (text !== undefined) return text;
    const source = this.#sourceOf(path);
    if (source === undefined) return null;
    text = readOrNull(source);
    this.#fixed.set(path, text);
    return text;
  }

  /** Where on the host the text of one of the two kinds is. The names hold no separator. */
  #sourceOf(path: string): string | URL | undefined {
    const folder = path.slice(0, path.lastIndexOf('/'));
    const name = path.slice(folder.length + 1);
    if (folder === TYPES_FOLDER && DECLARATION_FILE.test(name)) return new URL(name, TYPES);
    if (folder === this.#libraryFolder && LIBRARY_FILE.test(name)) return join(folder, name);
    return undefined;
  }
}

function readOrNull(source: string | URL): string | null {
  try {
    return readFileSync(source, 'utf8');
  } catch {
    return null;
  }
}

/** TypeScript 7 looks for its library beside its program, in a package for each platform. */
function libraryFolder(): string {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  const name = `@typescript/typescript-${process.platform}-${process.arch}/package.json`;
  const folder = dirname(createRequire(typescript).resolve(name));
  return join(folder, 'lib').replaceAll('\\', '/');
}
