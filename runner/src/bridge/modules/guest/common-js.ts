import { primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import { useAsyncContext } from './async-context.ts';
import type { Linker } from './linking.ts';
import type { ModuleEntry } from './module-entry.ts';

const { apply, arraySort, defineProperty, Error, freeze, hasOwn, isArray, isView } = primordials;
const { objectKeys, setPrototypeOf, toStringTag } = primordials;
const indirectEval = eval;

type Factory = (...given: unknown[]) => unknown;
type Exports = Record<string, unknown>;

/** Runs a module of CommonJS. What it exports is its namespace from then on. */
export function runCommonJs(entry: ModuleEntry, code: string, linker: Linker): void {
  const { sourceUrl, meta, asyncContext } = entry.head;
  const factory = indirectEval(`(${code}\n)\n//# sourceURL=${sourceUrl}`) as Factory;
  const { filename, dirname } = meta;
  const exports = {};
  const module = { id: filename, filename, path: dirname, loaded: false, exports, children: [] };
  entry.common = module;
  // In the order of the compiler's parameters (compiler/common-js.ts).
  const given = list<unknown>();
  given[0] = exports;
  given[1] = (specifier: unknown) => required(entry, `${specifier as string}`, linker);
  given[2] = module;
  given[3] = filename;
  given[4] = dirname;
  given[5] = (specifier: unknown) => linker.importLater(entry, specifier);
  given[6] = asyncContext ? useAsyncContext().enterFrame : undefined;
  apply(factory, exports, given);
  module.loaded = true;
  fillNamespace(entry.namespace, module.exports);
}

function required({ head }: ModuleEntry, specifier: string, linker: Linker): unknown {
  const requires = hasOwn(head, 'requires') ? head.requires! : list<never>();
  for (let i = 0; i < requires.length; i++) {
    const found = requires[i]!;
    if (found[0] !== specifier) continue;
    if (typeof found[1] === 'number') return linker.require(found[1]);
    throw codedError('MODULE_NOT_FOUND', found[1]);
  }
  const why = `Cannot find module '${specifier}': only what the source names can be required`;
  throw codedError('MODULE_NOT_FOUND', why);
}

export function codedError(code: string, message: string): Error {
  const error = new Error(message);
  const descriptor = { value: code, writable: true, enumerable: true, configurable: true };
  return defineProperty(error, 'code', record(descriptor));
}

/** What ES modules import of it: each enumerable property, and as the default all of it. */
function fillNamespace(namespace: object, value: unknown): void {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  const exports = isObject ? (value as Exports) : NOTHING;
  const names = namesOf(exports);
  const hasOwnDefault = isFlagged(exports);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const isWhole = name === DEFAULT && !hasOwnDefault;
    const get = isWhole ? () => value : () => exports[name];
    defineProperty(namespace, name, record({ get, enumerable: true }));
  }
  defineProperty(namespace, toStringTag, record({ value: 'Module' }));
  freeze(namespace);
}

const NOTHING = record<Exports>({});
const DEFAULT = 'default';
/** How compilers say that a text was an ES module, whose default export is `exports.default`. */
const FLAG = '__esModule';

function isFlagged(exports: Exports): boolean {
  return !!exports[FLAG] && hasOwn(exports, DEFAULT);
}

/** In the order of a namespace. Items of a list are no names. */
function namesOf(exports: Exports): string[] {
  const names = list<string>();
  const keys = isArray(exports) || isView(exports) ? names : objectKeys(exports);
  for (let i = 0; i < keys.length; i++) {
    if (keys[i] !== DEFAULT) names[names.length] = keys[i]!;
  }
  names[names.length] = DEFAULT;
  return arraySort(names) as string[];
}

/** A namespace as CommonJS expects it, which asks for a flag that says what it is. */
export function requiredNamespace(namespace: object): object {
  if (hasOwn(namespace, WHOLE)) return (namespace as Exports)[WHOLE] as object;
  if (!hasOwn(namespace, DEFAULT) || hasOwn(namespace, FLAG)) return namespace;
  return freeze(setPrototypeOf({ [FLAG]: true }, namespace) as object);
}
/** By this name an ES module says what a `require` of it is to answer, in Node too. */
const WHOLE = 'module.exports';
