import type { Compiler } from '../compiler/client.ts';
import type { Embedder } from './embedder.ts';
import { loadFailure } from './load-failure.ts';
import { ModuleLoad } from './module-load.ts';
import { linkNames } from './module-names.ts';
import { evaluationOrder } from './module-order.ts';
import type { ModuleNode } from './module-node.ts';
import type { SourcePositions } from './source-positions.ts';

export interface ModuleGraphOptions {
  compiler: Compiler;
  embedder: Embedder;
  positions: SourcePositions;
  /** The embedder has modules to give. */
  hasModules: boolean;
  /** The guest may have nested hosts. Default false. */
  hasHost?: boolean;
  /** Async context can be had: it patches promises, which are frozen in most presets. */
  offersAsyncContext: boolean;
  /** What the realm has before: ids up to this one are taken. */
  behind?: GraphStart | undefined;
}

export interface GraphStart {
  lastId: number;
  asyncContext: boolean;
}

/** Evals whose code can still import at run time, at least. */
const MAX_EVALS = 16_384;

/** A module that is there now, and everything new that had to come with it. */
export interface Loaded {
  entry: ModuleNode;
  added: ModuleNode[];
}

/** The modules of one runtime: each has been asked for, compiled and linked once. */
export class ModuleGraph {
  readonly #options: ModuleGraphOptions;
  readonly #byPath = new Map<string, ModuleNode>();
  /** Who may import at run time: modules, and the last of the evals. */
  readonly #importers = new Map<number, ModuleNode['importer']>();
  /** Ids of evals, the oldest first. */
  readonly #evals: number[] = [];
  #lastId: number;
  #bytes = 0;
  /** Modules from here on are written out for async context. */
  #asyncContext: boolean;

  constructor(options: ModuleGraphOptions) {
    this.#options = options;
    const { lastId = 0, asyncContext = false } = options.behind ?? {};
    this.#lastId = lastId;
    this.#asyncContext = asyncContext;
  }

  /** What comes next has to begin behind. */
  get end(): GraphStart {
    return { lastId: this.#lastId, asyncContext: this.#asyncContext };
  }

  /** Modules that can be imported. */
  get size(): number {
    return this.#byPath.size;
  }

  /** An eval's own code, and what it imports. Throws `LoadFailure`. */
  loadEntry(
    { code, path, resolveDir }: { code: string; path: string; resolveDir: string },
    signal: AbortSignal,
  ): Promise<Loaded> {
    return this.#load(signal, (load) => load.entry(code, path, resolveDir));
  }

  /** What a module imports at run time. Throws `LoadFailure`. */
  async loadImport(importer: number, specifier: string, signal: AbortSignal): Promise<Loaded> {
    const from = this.#importers.get(importer);
    if (!from) throw loadFailure('TypeError', 'The eval that imports is too long ago');
    return this.#load(signal, (load) => load.imported(specifier, from));
  }

  async #load(
    signal: AbortSignal,
    from: (load: ModuleLoad) => Promise<ModuleNode>,
  ): Promise<Loaded> {
    const load = this.#newLoad(signal);
    const entry = await from(load);
    const added = [...load.found.values()];
    if (entry.path === undefined) added.push(entry);
    if (this.#begsAsyncContext(added)) {
      this.#asyncContext = true;
      return this.#load(signal, from);
    }
    this.#commit(entry, new Set(added));
    this.#bytes += load.bytes;
    return { entry, added };
  }

  #newLoad(signal: AbortSignal): ModuleLoad {
    const { compiler, embedder, hasModules, hasHost = false } = this.#options;
    return new ModuleLoad({
      ...{ compiler, embedder, hasModules, hasHost, signal },
      known: this.#byPath,
      knownBytes: this.#bytes,
      asyncContext: this.#asyncContext,
      nextId: () => ++this.#lastId,
    });
  }

  /** The first module that names it has the whole load done again. */
  #begsAsyncContext(added: readonly ModuleNode[]): boolean {
    if (this.#asyncContext || !this.#options.offersAsyncContext) return false;
    return added.some(({ compiled }) => compiled.mentionsAsyncContext);
  }

  /** Links new modules by name; they are the graph's only when nothing is wrong with any of them. */
  #commit(entry: ModuleNode, added: ReadonlySet<ModuleNode>): void {
    linkNames(evaluationOrder(entry).filter((node) => added.has(node)));
    const { positions } = this.#options;
    for (const node of added) {
      node.sourceUrl = positions.urlFor(node.filename);
      positions.note(node.sourceUrl, node.filename, node.compiled);
      this.#importers.set(node.id, node.importer);
      if (node.path !== undefined) this.#byPath.set(node.path, node);
    }
    if (entry.path === undefined) this.#noteEval(entry.id);
  }

  #noteEval(id: number): void {
    this.#evals.push(id);
    if (this.#evals.length > 2 * MAX_EVALS) {
      for (const old of this.#evals.splice(0, MAX_EVALS)) this.#importers.delete(old);
    }
  }
}
