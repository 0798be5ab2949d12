import { posix } from 'node:path';
import type { ResolvedModule } from '@cofferdam/protocol';
import type { CompiledModule, ModuleLanguage } from '../compiler/compiled-module.ts';
import type { ModuleHead } from '../guest/runtime.ts';
import { starNames } from './module-names.ts';

/** One module of a runtime, as its keeper knows it. */
export interface ModuleNode {
  readonly id: number;
  /** Its identity; of an eval's own code none. */
  readonly path: string | undefined;
  readonly importer: { path: string; resolveDir: string };
  readonly filename: string;
  sourceUrl: string;
  /** It was compiled for async context. */
  readonly asyncContext: boolean;
  compiled: CompiledModule;
  readonly deps: Map<string, ModuleNode>;
  /** What CommonJS may require, evaluated only when it does; a text says why it cannot be had. */
  readonly requires: Map<string, ModuleNode | string>;
  readonly names: Map<string, { node: ModuleNode; name: string } | undefined>;
}

const LANGUAGES: Record<string, ModuleLanguage> = {
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'cjs',
  '.jsx': 'jsx',
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.json': 'json',
};

/** What a file's name says of its language; `auto` is JavaScript first and TypeScript when that fails. */
export function languageOf(filename: string): ModuleLanguage {
  return LANGUAGES[posix.extname(filename).toLowerCase()] ?? 'auto';
}

/** A package's own type says of a `.js` file what its name does not. */
export function languageAt({ filename, format }: ResolvedModule): ModuleLanguage {
  const language = languageOf(filename);
  return format === 'commonjs' && language === 'js' ? 'cjs' : language;
}

/** A module as its guest's loader is told of it. */
export function headOf(node: ModuleNode): ModuleHead {
  const { id, compiled, filename, sourceUrl, deps, requires } = node;
  const star = starNames(node) as [string, ModuleNode, string][];
  return {
    id,
    kind: compiled.kind,
    asyncContext: node.asyncContext,
    isEntry: node.path === undefined,
    sourceUrl,
    meta: { url: urlOf(filename), filename, dirname: posix.dirname(filename) },
    deps: [...deps].map(([specifier, dep]) => [specifier, dep.id]),
    ...(requires.size > 0 && { requires: [...requires].map(requirement) }),
    own: compiled.own,
    star: star.map(([name, from, there]) => [name, from.id, there]),
  };
}

function requirement([specifier, dep]: [string, ModuleNode | string]): [string, number | string] {
  return [specifier, typeof dep === 'string' ? dep : dep.id];
}

/** What is none of a URL's is encoded, so that a name with spaces is one too. */
function urlOf(filename: string): string {
  if (URL.canParse(filename)) return filename;
  return `file://${encodeURI(filename.toWellFormed()).replace(/[?#]/g, encodeURIComponent)}`;
}
