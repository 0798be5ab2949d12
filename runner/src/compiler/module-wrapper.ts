import { parseSync, type ParseResult } from 'oxc-parser';
import { moduleRunnerTransformSync } from 'oxc-transform';
import { downlevel } from './downlevel.ts';
import { mapText, type CompiledModule } from './compiled-module.ts';
import { linkage } from './module-linkage.ts';
import type { SourceProblem } from './problem.ts';
import { hasTopLevelAwait, withoutArguments } from './top-level.ts';

export interface WrappedModule extends Omit<CompiledModule, 'kind' | 'mentionsAsyncContext'> {
  kind: 'sync' | 'async';
  /** The body of the function, and its parameters. */
  inside: string;
  parameters: string;
}

/** By its ending a module even where nothing in the text says so: the transform has no option for it. */
const FILE = 'module.mjs';
/** What the transform's own names begin with; it has no option for it. */
const PREFIX = '__vite_ssr_';
const PARAMETERS = [
  `${PREFIX}import__`,
  `${PREFIX}dynamic_import__`,
  `${PREFIX}exports__`,
  `${PREFIX}exportAll__`,
  `${PREFIX}import_meta__`,
  `${PREFIX}define__`,
  `${PREFIX}gate__`,
].join(',');

/**
 * A module of JavaScript as the inside of a function that the guest's loader calls. The function runs
 * in two steps: up to the gate it says how its exports are read and takes the namespaces of its
 * imports, so that functions of a cycle can be had before any body has run; behind it is the body.
 */
export function wrapped(
  code: string,
  asyncContext: boolean,
): WrappedModule | { problem: SourceProblem } {
  const read = readModule(code);
  if ('problem' in read) return read;
  const { kind, result, parsed } = read;
  const { text, gateAtStart } = gated(result.code, kind);
  const plain: Made = {
    kind,
    parameters: result.restoreNames(PARAMETERS),
    inside: STRICT + result.restore(text),
  };
  const made = asyncContext ? followed(plain) : plain;
  if ('problem' in made) return made;
  const head = headOf(made);
  return {
    ...made,
    code: `${head}${made.inside}\n}`,
    firstColumn: head.length + STRICT.length + gateAtStart,
    maps: [result.map],
    ...linkage(parsed),
  };
}

interface ReadModule {
  kind: Made['kind'];
  result: Transformed;
  parsed: ParseResult;
}

function readModule(code: string): ReadModule | { problem: SourceProblem } {
  const parsed = parseSync(FILE, code, { lang: 'js', sourceType: 'module' });
  const error = parsed.errors.find((e) => e.severity === 'Error');
  if (error) return { problem: { message: error.message, offset: error.labels[0]?.start ?? 0 } };
  const first = transformed(code);
  if ('problem' in first) return first;
  if (isPlainBody(first.code)) return { kind: 'sync', result: first, parsed };
  const result = transformed(withoutArguments(code, parsed));
  if ('problem' in result) return result;
  return { kind: hasTopLevelAwait(parsed) ? 'async' : 'sync', result, parsed };
}

interface Transformed extends Omit<ReturnType<typeof withoutPrefix>, 'code'> {
  code: string;
  map: string;
}

function transformed(source: string): Transformed | { problem: SourceProblem } {
  const { code: named, ...names } = withoutPrefix(source);
  const { code, map, errors } = moduleRunnerTransformSync(FILE, named, { sourcemap: true });
  const failed = errors.find((e) => e.severity === 'Error');
  if (map && !failed) return { ...names, code, map: mapText(map) };
  return { problem: { message: failed?.message ?? 'not a module', offset: 0 } };
}

/**
 * Whether there is neither `await` nor `arguments` outside of any function: V8 refuses both in the
 * static block of a class. Looking for them in a syntax tree takes 100 bytes of memory for each of
 * the source's, and libraries have megabytes.
 */
function isPlainBody(code: string): boolean {
  try {
    Function(`(class{static{${code.replaceAll(IMPORT, `${PREFIX}import__(`)}\n}})`);
    return true;
  } catch {
    return false;
  }
}

type Made = Pick<WrappedModule, 'kind' | 'parameters' | 'inside'>;

const STRICT = '"use strict";';

function headOf({ kind, parameters }: Pick<Made, 'kind' | 'parameters'>): string {
  return `${kind === 'async' ? 'async function' : 'function*'} (${parameters}) {`;
}

/** The same with its async context written out; the helper of that is one more parameter. */
function followed(plain: Made): Made | { problem: SourceProblem } {
  const head = headOf(plain);
  try {
    const { code, helpers } = downlevel(`${head}${plain.inside}\n}`);
    const parameters = [plain.parameters, ...helpers].join(',');
    const inside = code.slice(code.indexOf('{') + 1, code.lastIndexOf('}'));
    return { kind: plain.kind, parameters, inside };
  } catch (error) {
    return { problem: { message: (error as Error).message, offset: 0 } };
  }
}

/**
 * Sources that hold the transform's prefix get another one of the same length while it works, and the
 * transform's names another one still: no name of the source meets one of the transform's.
 */
function withoutPrefix(code: string) {
  if (!code.includes(PREFIX)) {
    return { code, restore: (text: string) => text, restoreNames: (text: string) => text };
  }
  const standIn = unusedPrefix(code, '$');
  const own = unusedPrefix(code, '_');
  return {
    code: code.replaceAll(PREFIX, standIn),
    restore: (text: string) => text.replaceAll(PREFIX, own).replaceAll(standIn, PREFIX),
    restoreNames: (text: string) => text.replaceAll(PREFIX, own),
  };
}

function unusedPrefix(code: string, last: '$' | '_'): string {
  for (let number = 0; ; number++) {
    const prefix = `$${String(number).padStart(PREFIX.length - 2, '_')}${last}`;
    if (!code.includes(prefix)) return prefix;
  }
}

const IMPORT = `await ${PREFIX}import__(`;
const DEFINE = `Object.defineProperty(${PREFIX}exports__, `;
/** The last line of what the transform puts before the body, where there is an import. */
const LAST_IMPORT = new RegExp(
  `(?:const ${PREFIX}import_\\d+__ = await ${PREFIX}import__\\(.*\\);|${PREFIX}exportAll__\\(${PREFIX}import_\\d+__\\);)$`,
  'gm',
);
const DEFINE_END = '\n});';

/**
 * Imports are taken at once, since a namespace with an export `then` must not be awaited, and exports
 * are defined by a function of the loader's, since a module may have an `Object` of its own.
 */
function gated(code: string, kind: 'sync' | 'async'): { text: string; gateAtStart: number } {
  const gate = kind === 'async' ? `await ${PREFIX}gate__;` : 'yield;';
  const at = preludeEnd(code);
  const text = code.slice(0, at) + gate + code.slice(at);
  return {
    text: text
      .replaceAll(IMPORT, `${PREFIX}import__(`.padStart(IMPORT.length))
      .replaceAll(DEFINE, `${PREFIX}define__(`.padEnd(DEFINE.length)),
    gateAtStart: at === 0 ? gate.length : 0,
  };
}

function preludeEnd(code: string): number {
  const last = [...code.matchAll(LAST_IMPORT)].at(-1);
  if (last) return last.index + last[0].length;
  const define = code.lastIndexOf(DEFINE);
  return define === -1 ? 0 : code.indexOf(DEFINE_END, define) + DEFINE_END.length;
}
