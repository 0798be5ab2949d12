import type { GuestError } from '@cofferdam/protocol';

/** How a module's source is to be read; `cjs` is CommonJS unless it has syntax of ES modules. */
export type ModuleLanguage = 'js' | 'jsx' | 'ts' | 'tsx' | 'cjs' | 'json' | 'auto';

export interface ModuleInput {
  code: string;
  language: ModuleLanguage;
  /** The guest follows `AsyncContext`: await and async functions are written out. */
  asyncContext: boolean;
}

/** An export that a module has from another one. */
export interface Reexport {
  name: string;
  specifier: string;
  /** `undefined`: the whole namespace. */
  imported?: string;
}

/** A module as a function that the guest's loader calls, and what linking needs to know of it. */
export interface CompiledModule {
  kind: 'sync' | 'async' | 'cjs' | 'json' | 'platform';
  /** An unparenthesised function expression; JSON text of a JSON module. */
  code: string;
  /**
   * Static imports in the order of the source, with the names that are imported; of CommonJS what it
   * may require.
   */
  deps: { specifier: string; names: string[] }[];
  own: string[];
  reexports: Reexport[];
  /** Specifiers of `export * from`. */
  stars: string[];
  /** The source names `AsyncContext` or `async_hooks`. */
  mentionsAsyncContext: boolean;
  /** Columns that the first line has more than the newest map's text. */
  firstColumn: number;
  /** Source maps as JSON text, from the newest text to the author's. */
  maps: string[];
}

export const EMPTY_MODULE: CompiledModule = {
  kind: 'sync',
  code: '',
  deps: [],
  own: [],
  reexports: [],
  stars: [],
  mentionsAsyncContext: false,
  firstColumn: 0,
  maps: [],
};

export type ModuleCompilation =
  { ok: true; module: CompiledModule } | { ok: false; error: GuestError };

interface MapLike {
  mappings: string;
  names: string[];
  sources: string[];
  version: number;
}

/** Without the source's text, which the map would repeat. */
export function mapText({ mappings, names, sources, version }: MapLike): string {
  return JSON.stringify({ mappings, names, sources, version });
}
