import { abortable, CofferdamError, type ResolvedModule } from '@cofferdam/protocol';
import { textDigest, type Compiler } from '../compiler/client.ts';
import {
  EMPTY_MODULE,
  type CompiledModule,
  type ModuleCompilation,
  type ModuleLanguage,
} from '../compiler/compiled-module.ts';
import type { Embedder, Resolution, Wanted } from './embedder.ts';
import { LoadFailure, loadFailure } from './load-failure.ts';
import { languageAt, languageOf, type ModuleNode } from './module-node.ts';
import { platformModule } from './platform-modules.ts';

const MAX_MODULES = 4096;
/** What was made of all sources of a runtime; the sources that are asked for are bounded by it too. */
const MAX_CODE_BYTES = 64 * 1024 * 1024;
/** Levels of imports: each is a question to the embedder and back. */
const MAX_LEVELS = 1024;
/** What one question to the embedder holds. */
const MAX_WANTED = 4096;

export interface ModuleLoadOptions {
  compiler: Compiler;
  embedder: Embedder;
  /** The embedder has modules to give. */
  hasModules: boolean;
  /** The guest may have nested hosts. */
  hasHost: boolean;
  /** Modules that the runtime has already, and what they come to. */
  known: ReadonlyMap<string, ModuleNode>;
  knownBytes: number;
  asyncContext: boolean;
  signal: AbortSignal;
  nextId(): number;
}

interface Missing {
  at: ResolvedModule;
  node: ModuleNode;
}

interface Edge extends Pick<Wanted[number], 'specifier' | 'importer'> {
  found(node: ModuleNode): void;
  /** Told why there is none, where that is no failure of the load. */
  missed?(why: string): void;
}

/** One load of a module and everything that it imports; what it found is new to the runtime. */
export class ModuleLoad {
  readonly found = new Map<string, ModuleNode>();
  bytes = 0;
  readonly #options: ModuleLoadOptions;

  constructor(options: ModuleLoadOptions) {
    this.#options = options;
  }

  /** A module of a text that nobody can import. */
  async entry(code: string, path: string, resolveDir: string): Promise<ModuleNode> {
    const named = languageOf(path);
    const language = named === 'json' ? ('auto' as const) : named;
    const node = this.#node({ filename: path, path: undefined, importer: { path, resolveDir } });
    this.#take(node, await this.#compile(code, language));
    await this.#follow([node]);
    return node;
  }

  /** The module that another one calls so. */
  async imported(specifier: string, importer: ModuleNode['importer']): Promise<ModuleNode> {
    let imported: ModuleNode | undefined;
    const edge: Edge = { specifier, importer, found: (node) => (imported = node) };
    await this.#follow(await this.#reach([edge]));
    return imported!;
  }

  /** Follows static imports, level by level. */
  async #follow(start: readonly ModuleNode[]): Promise<void> {
    let level = start;
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > MAX_LEVELS) throw loadFailure('RangeError', 'The imports are nested too deeply');
      const edges = level.flatMap((node) => edgesOf(node));
      // eslint-disable-next-line no-await-in-loop -- a level is known when the one above it is there
      level = await this.#reach(edges);
    }
  }

  /** Finds the modules of these imports; answers those that are new. */
  async #reach(edges: readonly Edge[]): Promise<ModuleNode[]> {
    const asked = edges.filter((edge) => !this.#platform(edge));
    if (asked.length === 0) return [];
    const missing: Missing[] = [];
    const resolutions = await this.#resolve(asked);
    for (const [i, edge] of asked.entries()) {
      const resolution = resolutions[i]!;
      if ('error' in resolution && edge.missed) edge.missed(resolution.error);
      else edge.found(this.#nodeAt(resolution, edge, missing));
    }
    await this.#fetch(missing);
    return missing.map(({ node }) => node);
  }

  /** Whether the platform has the module itself. */
  #platform({ specifier, found }: Edge): boolean {
    const compiled = platformModule(specifier, this.#options.hasHost);
    if (!compiled) return false;
    const node =
      this.#known(specifier) ??
      this.#newNode({
        filename: specifier,
        path: specifier,
        importer: { path: specifier, resolveDir: '/' },
      });
    node.compiled = compiled;
    found(node);
    return true;
  }

  async #resolve(edges: readonly Edge[]): Promise<Resolution[]> {
    const { embedder, hasModules, signal } = this.#options;
    if (!hasModules) {
      const needed = edges.find(({ missed }) => !missed);
      if (!needed) return edges.map(() => ({ error: 'the host gave no modules' }));
      const { specifier } = needed;
      throw loadFailure('Error', `Cannot import '${specifier}': the host gave no modules`);
    }
    const resolutions: Resolution[] = [];
    for (let at = 0; at < edges.length; at += MAX_WANTED) {
      const part = edges.slice(at, at + MAX_WANTED);
      const wanted = part.map(({ specifier, importer }) => ({ specifier, importer }));
      // eslint-disable-next-line no-await-in-loop -- one question holds so many
      for (const one of await embedder.resolve(wanted, signal)) resolutions.push(one);
    }
    return resolutions;
  }

  /** The module that a specifier leads to: known, found in this load, or new. */
  #nodeAt(resolution: Resolution, { specifier, importer }: Edge, missing: Missing[]): ModuleNode {
    if ('error' in resolution) {
      const { error } = resolution;
      // A resolver says it itself, in words that people look for.
      const isWhole = error.startsWith('Cannot find module ');
      const context = `Cannot import '${specifier}' from ${importer.path}: `;
      throw loadFailure('Error', isWhole ? error : context + error);
    }
    const { path, resolveDir, filename } = resolution;
    const known = this.#known(path);
    if (known) return known;
    const node = this.#newNode({ filename, path, importer: { path, resolveDir } });
    missing.push({ at: resolution, node });
    return node;
  }

  #known(path: string): ModuleNode | undefined {
    return this.#options.known.get(path) ?? this.found.get(path);
  }

  #newNode(fields: Pick<ModuleNode, 'filename' | 'importer'> & { path: string }): ModuleNode {
    if (this.#options.known.size + this.found.size >= MAX_MODULES) {
      throw loadFailure('RangeError', `A runtime has at most ${MAX_MODULES} modules`);
    }
    const node = this.#node(fields);
    this.found.set(fields.path, node);
    return node;
  }

  #node(fields: Pick<ModuleNode, 'filename' | 'path' | 'importer'>): ModuleNode {
    const { nextId, asyncContext } = this.#options;
    const rest = {
      sourceUrl: '',
      compiled: EMPTY_MODULE,
      deps: new Map(),
      requires: new Map(),
      names: new Map(),
    };
    return { ...fields, ...rest, asyncContext, id: nextId() };
  }

  /** Compiles what is new; asks for the texts that are not known from earlier. */
  async #fetch(missing: readonly Missing[]): Promise<void> {
    const { compiler, embedder, asyncContext, knownBytes, signal } = this.#options;
    const unknown = missing.filter(({ at, node }) => {
      const options = { language: languageAt(at), asyncContext };
      const known = compiler.knownModule(at.digest, options);
      if (known) this.#take(node, known);
      return !known;
    });
    if (unknown.length === 0) return;
    const digests = [...new Set(unknown.map(({ at }) => at.digest))];
    const maxBytes = MAX_CODE_BYTES - knownBytes - this.bytes;
    const texts = await embedder.sources(digests, { maxBytes, signal });
    const byDigest = new Map(digests.map((digest, i) => [digest, texts[i]!]));
    for (const { at, node } of unknown) {
      // eslint-disable-next-line no-await-in-loop -- the compiler takes one after the other anyway
      this.#take(node, await this.#compileAt(byDigest.get(at.digest)!, at));
    }
  }

  async #compileAt(code: string, at: ResolvedModule): Promise<ModuleCompilation> {
    if (textDigest(code) !== at.digest) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'a module is not what its digest says');
    }
    return this.#compile(code, languageAt(at));
  }

  /** A compiler that is starting, or busy with another source, has no more time than whoever waits for it. */
  #compile(code: string, language: ModuleLanguage): Promise<ModuleCompilation> {
    const { compiler, asyncContext, signal } = this.#options;
    signal.throwIfAborted();
    return abortable(compiler.compileModule(code, { language, asyncContext }), signal);
  }

  #take(node: ModuleNode, compilation: ModuleCompilation): void {
    node.compiled = compiledOf(compilation, node.filename);
    this.bytes += Buffer.byteLength(node.compiled.code);
    if (this.#options.knownBytes + this.bytes > MAX_CODE_BYTES) {
      throw loadFailure('RangeError', 'The modules of the runtime are too large');
    }
  }
}

function edgesOf(node: ModuleNode): Edge[] {
  const { compiled, importer } = node;
  if (compiled.kind !== 'cjs') {
    return compiled.deps.map(({ specifier }) => ({
      ...{ specifier, importer },
      found: (dep) => void node.deps.set(specifier, dep),
    }));
  }
  return compiled.deps.map(({ specifier }) => ({
    ...{ specifier, importer },
    found: (dep) => void node.requires.set(specifier, dep),
    missed: (why) => void node.requires.set(specifier, why),
  }));
}

function compiledOf(compilation: ModuleCompilation, filename: string): CompiledModule {
  if (compilation.ok) return compilation.module;
  const { error } = compilation;
  const message = `${filename}: ${error.message}`.slice(0, 8192);
  throw new LoadFailure('CompileError', { ...error, message });
}
