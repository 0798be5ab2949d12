import { posix } from 'node:path';
import type {
  HostCallContext,
  ModuleImporter,
  ModuleSource,
  SourceTreeLoader,
} from '../../types.ts';
import { candidatesOf, staysBelow } from './module-path.ts';
import { loadedSource } from './options.ts';

/** Of modules whose loader said where they stand; beyond it they are asked for anew by their path. */
const MAX_ORIGINS = 10_000;

interface SourceTree {
  /** As specifiers begin, with a slash at its end. */
  prefix: string;
  /** The absolute path of that. */
  root: string;
  load: SourceTreeLoader;
}

interface Origin {
  tree: SourceTree;
  /** The folder of the module, relative to its tree. */
  folder: string;
}

interface Position {
  tree: SourceTree;
  path: string;
}

/** Modules under prefixes, each asked of its loader when it is imported. */
export class SourceTrees {
  readonly #trees: SourceTree[] = [];
  /** Where in a tree a module is that says it stands elsewhere. */
  readonly #origins = new Map<string, Origin>();

  add(given: string, load: SourceTreeLoader): void {
    const prefix = given.endsWith('/') ? given : `${given}/`;
    const root = posix.resolve('/', prefix);
    this.#trees.push({ prefix, root: root === '/' ? root : `${root}/`, load });
    // The longest first, and of equal ones the newest.
    this.#trees.sort((a, b) => b.root.length - a.root.length);
  }

  async find(
    specifier: string,
    place: string | undefined,
    { importer, context }: { importer: ModuleImporter; context: HostCallContext },
  ): Promise<ModuleSource | undefined> {
    const position = this.#fromImporter(specifier, importer) ?? this.#position(specifier, place);
    if (!position) return undefined;
    const { tree, path } = position;
    if (!staysBelow(path)) throw new Error(`'${specifier}' leads out of '${tree.prefix}'`);
    for (const candidate of candidatesOf(path)) {
      // eslint-disable-next-line no-await-in-loop -- asked until one answers
      const answer = await tree.load(candidate, context);
      const source = loadedSource(answer, tree.root + candidate);
      if (source) return this.#noted(source, { tree, path: candidate });
    }
    return undefined;
  }

  #position(specifier: string, place: string | undefined): Position | undefined {
    if (place !== undefined) {
      const tree = this.#trees.find(({ root }) => `${place}/`.startsWith(root));
      return tree && { tree, path: place.slice(tree.root.length) };
    }
    const tree = this.#trees.find(({ prefix }) => `${specifier}/`.startsWith(prefix));
    if (!tree) return undefined;
    const rest = specifier.slice(tree.prefix.length);
    const path = rest === '' ? '' : posix.normalize(rest);
    return { tree, path: path === '.' ? '' : path };
  }

  /** A relative specifier of a module that its loader has put elsewhere. */
  #fromImporter(specifier: string, { path }: ModuleImporter): Position | undefined {
    const origin = specifier.startsWith('.') ? this.#origins.get(path) : undefined;
    if (!origin) return undefined;
    const within = posix.join('/', origin.folder, specifier);
    const isOutside = posix.join(origin.folder, specifier).startsWith('..');
    return isOutside ? undefined : { tree: origin.tree, path: within.slice(1) };
  }

  #noted(source: ModuleSource, { tree, path }: Position): ModuleSource {
    const isElsewhere = source.resolveDir !== posix.dirname(tree.root + path);
    if (!isElsewhere) return source;
    if (this.#origins.size >= MAX_ORIGINS) this.#origins.clear();
    this.#origins.set(source.filename, { tree, folder: posix.dirname(path) });
    return source;
  }
}
