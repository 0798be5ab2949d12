import { isBuiltin } from 'node:module';
import { resolve as resolvePath } from 'node:path';
import type {
  FallbackLoader,
  HostCallContext,
  ModuleImporter,
  ModuleResolver,
  ModuleSource,
  SourceTreeLoader,
} from '../../types.ts';
import { aFunction, invalid } from '../../options/check.ts';
import { readHostFile } from './host-file.ts';
import { placeOf } from './module-path.ts';
import { aHostPath, aMount, aSpecifier, loadedSource, sourceOptions } from './options.ts';
import { NodePackages } from './packages/node-packages.ts';
import { SourceTrees } from './source-trees.ts';
import { VirtualModules } from './virtual-modules.ts';

/**
 * Makes a resolver of modules for guests. Asked for a module, it looks among the virtual ones, then in
 * the source trees (the longest prefix first), then in the mounted packages, and then asks the
 * fallbacks in the order in which they were added. What resolves to the same path is the same module.
 *
 * Its methods throw `INVALID_INPUT` for what is wrong. Modules of Node's (`node:fs`) are refused,
 * unless there is a virtual module of that name.
 */
export function createModuleResolver(): ModuleResolver {
  return new Resolver();
}

type Source = string | (() => string | Promise<string>);

class Resolver implements ModuleResolver {
  readonly #virtual = new VirtualModules();
  readonly #trees = new SourceTrees();
  readonly #packages = new NodePackages();
  readonly #fallbacks: FallbackLoader[] = [];

  virtual(specifier: string, source: Source, options?: Partial<ModuleSource>): this {
    aSpecifier(specifier, 'specifier');
    if (typeof source !== 'string' && typeof source !== 'function') {
      throw invalid('source', 'a text or a function that answers one', source);
    }
    const read = typeof source === 'string' ? () => source : source;
    this.#virtual.add(specifier, sourceOptions(specifier, options), read);
    return this;
  }

  virtualFile(specifier: string, filePath: string, options?: Partial<ModuleSource>): this {
    aSpecifier(specifier, 'specifier');
    const path = resolvePath(aHostPath(filePath, 'filePath'));
    const read = () => readHostFile(path, specifier);
    this.#virtual.add(specifier, sourceOptions(specifier, options), read);
    return this;
  }

  sourceTree(prefix: string, loader: SourceTreeLoader): this {
    aFunction(loader, 'loader');
    this.#trees.add(aSpecifier(prefix, 'prefix'), loader);
    return this;
  }

  mountNodeModules(virtualMount: string, hostPath: string): this {
    const place = aMount(virtualMount, 'virtualMount');
    this.#packages.mount(place, resolvePath(aHostPath(hostPath, 'hostPath')));
    return this;
  }

  fallback(loader: FallbackLoader): this {
    aFunction(loader, 'loader');
    this.#fallbacks.push(loader);
    return this;
  }

  async resolve(
    specifier: string,
    importer: ModuleImporter,
    context: HostCallContext,
  ): Promise<ModuleSource> {
    if (specifier.includes('\0')) throw notFound(specifier, importer);
    const place = placeOf(specifier, importer.resolveDir);
    const source =
      (await this.#virtual.find(specifier, place)) ??
      (await this.#trees.find(specifier, place, { importer, context })) ??
      (await this.#found(specifier, place, importer)) ??
      (await this.#fromFallbacks(specifier, importer, context));
    if (source) return source;
    throw notFound(specifier, importer);
  }

  /** A package may have the name of one of Node's modules, as `events` and `buffer` do. */
  async #found(
    specifier: string,
    place: string | undefined,
    importer: ModuleImporter,
  ): Promise<ModuleSource | undefined> {
    const isNodes = place === undefined && isBuiltin(specifier);
    const isPackage = !specifier.startsWith('node:');
    const found = isPackage ? await this.#packages.find(specifier, place, importer) : undefined;
    if (found || !isNodes) return found;
    throw notFound(specifier, importer, "guests have none of Node's modules");
  }

  async #fromFallbacks(
    specifier: string,
    importer: ModuleImporter,
    context: HostCallContext,
  ): Promise<ModuleSource | undefined> {
    const place = placeOf(specifier, importer.resolveDir) ?? `/${specifier}`;
    for (const load of this.#fallbacks) {
      // eslint-disable-next-line no-await-in-loop -- asked until one answers
      const source = loadedSource(await load(specifier, importer, context), place);
      if (source) return source;
    }
    return undefined;
  }
}

function notFound(specifier: string, { path }: ModuleImporter, why?: string): Error {
  const message = `Cannot find module '${specifier}' imported from '${path}'`;
  return new Error(why === undefined ? message : `${message}: ${why}`);
}
