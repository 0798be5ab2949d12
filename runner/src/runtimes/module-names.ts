import type { CompiledModule } from '../compiler/compiled-module.ts';
import { loadFailure } from './load-failure.ts';

/** Which module an export is really of, and its name there; `undefined`: of several. */
type Target = { node: NamedModule; name: string } | undefined;

/** What linking needs to know of a module. */
export interface NamedModule {
  readonly filename: string;
  readonly compiled: Pick<CompiledModule, 'kind' | 'deps' | 'own' | 'reexports' | 'stars'>;
  readonly deps: Map<string, NamedModule>;
  /** Every name that it exports; filled in by {@link linkNames}. */
  readonly names: Map<string, Target>;
}

/** A cycle of `export *` is followed until nothing new comes of it. */
const MAX_ROUNDS = 64;

/** Names of new modules, those by `export *` included: each of them is repeated in each module that passes it on. */
const MAX_NAMES = 200_000;

/**
 * Finds what new modules export, given in the order of their evaluation. Throws a `LoadFailure` for a
 * name that is imported and that nobody exports, as the language does before anything is evaluated.
 */
export function linkNames(modules: readonly NamedModule[]): void {
  for (const node of modules) {
    for (const name of node.compiled.own) node.names.set(name, { node, name });
  }
  for (let round = 0, grew = true; grew && round < MAX_ROUNDS; round++) {
    grew = takeAllStars(modules);
  }
  for (const node of modules) {
    const missing = missingName(node);
    if (missing) throw loadFailure('SyntaxError', missing);
  }
}

function takeAllStars(modules: readonly NamedModule[]): boolean {
  let grew = false;
  let count = 0;
  for (const node of modules) {
    grew = takeStars(node) || grew;
    count += node.names.size;
    if (count > MAX_NAMES) throw loadFailure('RangeError', 'The modules export too many names');
  }
  return grew;
}

/** Names of `export *`: its own come first, and a name that two modules have is nobody's. */
function takeStars(node: NamedModule): boolean {
  let grew = false;
  const own = new Set(node.compiled.own);
  for (const specifier of node.compiled.stars) {
    const from = node.deps.get(specifier)!;
    if (from === node) continue;
    for (const [name, target] of from.names) {
      if (name === 'default' || own.has(name)) continue;
      grew = takeStar(node.names, name, target) || grew;
    }
  }
  return grew;
}

function takeStar(names: Map<string, Target>, name: string, target: Target): boolean {
  const known = names.get(name);
  if (!names.has(name)) {
    names.set(name, target);
    return true;
  }
  const isSame = known?.node === target?.node && known?.name === target?.name;
  if (known === undefined || isSame) return false;
  names.set(name, undefined);
  return true;
}

function missingName({ compiled, deps, filename }: NamedModule): string | undefined {
  if (compiled.kind === 'cjs') return undefined;
  for (const { specifier, names } of compiled.deps) {
    const from = deps.get(specifier) as NamedModule;
    // What CommonJS exports shows when it has run.
    if (from.compiled.kind === 'cjs') continue;
    for (const name of names) {
      if (from.names.get(name)) continue;
      const why = from.names.has(name) ? 'several exports' : 'no export';
      return `The requested module '${specifier}' has ${why} named '${name}' (imported by ${filename})`;
    }
  }
  return undefined;
}

/** The names of a module that come from others by `export *`. */
export function starNames({ compiled, names }: NamedModule): [string, NamedModule, string][] {
  const own = new Set(compiled.own);
  return [...names].flatMap(([name, target]) =>
    own.has(name) || !target ? [] : [[name, target.node, target.name]],
  );
}
