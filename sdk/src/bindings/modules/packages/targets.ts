import { exports as exportsOf, imports as importsOf, type Package } from 'resolve.exports';
import { staysBelow } from '../module-path.ts';
import type { Manifest } from './manifest.ts';

/** How the importing module loads: by `import`, or by a `require` of CommonJS. */
export type LoadKind = 'import' | 'require';

const CONDITIONS: Record<LoadKind, readonly string[]> = {
  import: ['cofferdam', 'worker', 'import', 'module', 'default'],
  require: ['cofferdam', 'worker', 'require', 'default'],
};

/** Where a package's `exports` lead, below its folder. Throws where they lead nowhere. */
export function exportTarget(manifest: Manifest, subpath: string, kind: LoadKind): string {
  const entry = subpath === '' ? '.' : `./${subpath}`;
  const [target] = told(() => exportsOf(asPackage(manifest), entry, optionsOf(kind))) ?? [];
  if (target?.startsWith('./') && isWithinPackage(target.slice(2))) return target.slice(2);
  const name = manifest.name ?? '';
  throw new Error(`The package '${name}' exports no '${entry}' to guests`);
}

/** Where `#name` leads: below the package's folder (`./…`), or to another package. */
export function importTarget(manifest: Manifest, specifier: string, kind: LoadKind): string {
  const options = optionsOf(kind);
  const [target] = told(() => importsOf(asPackage(manifest), specifier, options)) ?? [];
  const isOwn = target?.startsWith('./') && isWithinPackage(target.slice(2));
  if (target !== undefined && (isOwn || !target.startsWith('.'))) return target;
  throw new Error(`The package '${manifest.name ?? ''}' has no import '${specifier}' for guests`);
}

/** Node refuses the same: a target is a file of the package itself. */
function isWithinPackage(path: string): boolean {
  return staysBelow(path) && !/(?:^|\/)(?:\.|node_modules)(?:\/|$)/.test(path);
}

function optionsOf(kind: LoadKind) {
  return { conditions: CONDITIONS[kind], unsafe: true };
}

function asPackage({ name = '', exports, imports }: Manifest): Package {
  return { name, exports, imports } as Package;
}

/** The library throws for what is not there. */
function told(find: () => string[] | void): string[] | undefined {
  try {
    return find() ?? undefined;
  } catch {
    return undefined;
  }
}
