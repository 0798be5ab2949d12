import type { Catalogue, ResolvedScript } from '@cofferdam/protocol';
import { CofferdamError, notRun } from '@cofferdam/protocol';
import type { IntentExtras, ScriptCatalogue } from './catalogue.ts';
import type { RunIntent } from './intent.ts';

export interface CatalogueOptions {
  /** Keeps a module for a tenant; answers its digest. */
  keepModule: (tenant: string, bytes: Uint8Array) => Promise<string>;
  /** Whether the tenant still has the module of this digest. */
  hasModule: (tenant: string, digest: string) => boolean;
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The last catalogue that an operator published. */
export function createCatalogue(options: CatalogueOptions): ScriptCatalogue {
  return new LastCatalogue(options);
}

class LastCatalogue implements ScriptCatalogue {
  readonly #options: CatalogueOptions;
  #version = -1;
  #byName = new Map<string, ResolvedScript>();
  /** The digests of modules, by the script object that carries them: decoded once, not every run. */
  readonly #digests = new WeakMap<ResolvedScript, string>();
  readonly #listeners: (() => void)[] = [];

  constructor(options: CatalogueOptions) {
    this.#options = options;
  }

  get version(): number {
    return this.#version;
  }

  publish(catalogue: Catalogue): boolean {
    if (catalogue.version <= this.#version) return false;
    this.#version = catalogue.version;
    this.#byName = new Map(
      catalogue.scripts.map((script) => [keyOf(script.namespace, script.name), script]),
    );
    this.#tell();
    return true;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  change({ put, drop }: Parameters<ScriptCatalogue['change']>[0]): void {
    for (const key of drop) this.#byName.delete(key);
    for (const script of put) this.#byName.set(keyOf(script.namespace, script.name), script);
    this.#tell();
  }

  get(namespace: string, name: string): ResolvedScript | undefined {
    return this.#byName.get(keyOf(namespace, name));
  }

  list(): readonly ResolvedScript[] {
    return [...this.#byName.values()];
  }

  async intent(script: ResolvedScript, extras: IntentExtras): Promise<RunIntent> {
    const { uid, namespace, name, generation, history, input, ...rest } = script;
    const why = notRun(script);
    if (why !== undefined) throw new CofferdamError('INVALID_INPUT', `${namespace}/${name} ${why}`);
    const { engine, preset, reuse, limits, net, maxRequests, traffic, env } = rest;
    const { pool, mode, browser, credentials } = rest;
    return {
      tenant: namespace,
      ...{ name, engine, preset, reuse, limits, net, maxRequests, env },
      // Always sent: what a caller of the HTTP API leaves out is the other, a resource's env never is.
      input: input ?? {},
      ...(engine === 'wasm'
        ? { wasm: { ...script.wasm, digest: await this.#digestOf(script) } }
        : { code: script.code, language: script.language }),
      ...(mode === 'check' ? { mode } : {}),
      ...(traffic ? { traffic } : {}),
      ...(browser ? { browser } : {}),
      ...(credentials ? { credentials } : {}),
      ...(pool === undefined ? {} : { pool }),
      script: { uid, namespace, name, generation, history },
      ...extras,
    };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  async #digestOf(script: ResolvedScript): Promise<string> {
    const known = this.#digests.get(script);
    if (known !== undefined && this.#options.hasModule(script.namespace, known)) return known;
    const text = script.code.replaceAll(/\s/g, '');
    if (!BASE64.test(text)) throw new CofferdamError('INVALID_WASM');
    const digest = await this.#options.keepModule(script.namespace, Buffer.from(text, 'base64'));
    this.#digests.set(script, digest);
    return digest;
  }
}

const keyOf = (namespace: string, name: string) => `${namespace}/${name}`;
