import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { GuestError } from '@cofferdam/protocol';
import type { CompiledModule } from '../compiler/compiled-module.ts';

/** Source maps that are kept for a runtime, in UTF-16 units; those of the oldest evals go first. */
const MAX_MAP_UNITS = 32 * 1024 * 1024;
const MAX_MODULES = 8192;
const MAX_FRAMES = 20;

interface Known {
  filename: string;
  firstColumn: number;
  maps: string[];
  parsed: SourceMap[] | undefined;
  units: number;
}

interface Position {
  line: number;
  column: number;
}

/** Says of the positions in a runtime's stack traces where they are in what its authors wrote. */
export class SourcePositions {
  readonly #known = new Map<string, Known>();
  readonly #uses = new Map<string, number>();
  #units = 0;

  /** A name that no other module of the runtime has in stack traces. */
  urlFor(filename: string): string {
    const name = nameOf(filename);
    const use = (this.#uses.get(name) ?? 0) + 1;
    this.#uses.delete(name);
    this.#uses.set(name, use);
    if (this.#uses.size > MAX_MODULES) this.#uses.delete(this.#uses.keys().next().value!);
    return use === 1 ? name : `${name}?${use}`;
  }

  note(sourceUrl: string, filename: string, { firstColumn, maps }: CompiledModule): void {
    const units = maps.reduce((sum, map) => sum + map.length, 0);
    this.#known.set(sourceUrl, { filename, firstColumn, maps, parsed: undefined, units });
    this.#units += units;
    for (const [url, oldest] of this.#known) {
      if (this.#units <= MAX_MAP_UNITS && this.#known.size <= MAX_MODULES) break;
      this.#known.delete(url);
      this.#units -= oldest.units;
    }
  }

  /** The error as its author knows the code: positions of the source, and no names of the loader's. */
  authors(error: GuestError): GuestError {
    const message = withoutImports(error.message);
    if (error.stack === undefined) return { ...error, message };
    const frames = error.stack.split('\n').filter((line) => !OWN_FRAME.test(line));
    const stack = frames.slice(0, MAX_FRAMES).map((line) => this.#line(line));
    return { ...error, message, stack: withoutImports(stack.join('\n')) };
  }

  #line(line: string): string {
    const match = PLACE.exec(line);
    const known = match && this.#known.get(match[1]!);
    if (!known) return line;
    const at = authorsPosition(known, { line: Number(match[2]), column: Number(match[3]) });
    const place = `${known.filename}:${at.line}:${at.column}`;
    const before = line.slice(0, match.index);
    const isBody = BODY.exec(before);
    if (isBody) return `${isBody[1]}${place}`;
    return `${before}${place}${line.slice(match.index + match[0].length)}`;
  }
}

/** Begins the body of a module; a guest's own generators are left without this frame too. */
const OWN_FRAME = /^\s+at (?:Generator\.)?next \(<anonymous>\)$/;
const PLACE = /(?<=[\s(])([^\s()]+):(\d{1,7}):(\d{1,7})(?=\)?$)/;
/** What V8 calls the function that a module's body is in. */
const BODY = /^(\s+at (?:async )?)eval \($/;
/** How the transform writes what is imported: `(0 , __vite_ssr_import_0__.name)`. */
const IMPORTED = /\(0 ?, (?:__vite_ssr_|\$[_\d]{9}_)import_\d+__\.([\w$]+)\)/g;
const QUALIFIED = /(?:__vite_ssr_|\$[_\d]{9}_)import_\d+__\./g;

function withoutImports(text: string): string {
  if (!text.includes('import_')) return text;
  return text.replace(IMPORTED, '$1').replace(QUALIFIED, '');
}

/** V8 takes no name with spaces, quotes or parentheses, and a reader of stacks no colon of a scheme. */
function nameOf(filename: string): string {
  const path = filename.startsWith('file:///') ? pathOf(filename) : filename;
  return path.replace(
    /[\s"'`()\\]/g,
    (text) => `%${text.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url.slice('file://'.length);
  }
}

function authorsPosition(known: Known, at: Position): Position {
  known.parsed ??= known.maps.map(
    (text) => new SourceMap(JSON.parse(text) as ConstructorParameters<typeof SourceMap>[0]),
  );
  // The text is evaluated inside one opening parenthesis.
  const column = at.line === 1 ? Math.max(1, at.column - known.firstColumn - 1) : at.column;
  let position = { line: at.line, column };
  for (const map of known.parsed) {
    const entry = map.findEntry(position.line - 1, position.column - 1);
    if (!('originalLine' in entry)) break;
    position = { line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  }
  return position;
}
