import { posix } from 'node:path';
import { CofferdamError } from '@cofferdam/protocol';
import type { ModuleSource } from '../../types.ts';
import { aBoolean, aText, invalid, oneOf, options, type Check } from '../../options/check.ts';

const MAX_PATH = 4_096;

export const aSpecifier = aText(MAX_PATH);
export const aHostPath = aText(MAX_PATH);

const anAbsolutePath: Check<string> = (value, name) => {
  const path = aText(MAX_PATH)(value, name);
  if (posix.isAbsolute(path) && !path.includes('\0')) return path;
  throw invalid(name, 'an absolute POSIX path', value);
};

/** A mount is a folder, and the root would hold every other module too. */
export const aMount: Check<string> = (value, name) => {
  const path = posix.resolve(anAbsolutePath(value, name));
  if (path !== '/') return path;
  throw invalid(name, 'a folder below /', value);
};

const readOptions = options({
  filename: aText(MAX_PATH),
  resolveDir: anAbsolutePath,
  static: aBoolean,
  format: oneOf('module', 'commonjs'),
});

export type SourceOptions = Omit<ModuleSource, 'code'>;

/** Where a module stands: as its options say, otherwise where its specifier says. */
export function sourceOptions(specifier: string, given: unknown): SourceOptions {
  const read = readOptions(given, 'options');
  const own = posix.resolve('/', specifier);
  const filename = posix.resolve('/', read.resolveDir ?? '', read.filename ?? own);
  return {
    filename,
    resolveDir: posix.resolve(read.resolveDir ?? posix.dirname(filename)),
    static: read.static ?? false,
    ...(read.format && { format: read.format }),
  };
}

/** What a loader answered, which may be anything. */
export function loadedSource(answer: unknown, place: string): ModuleSource | undefined {
  if (answer === null || answer === undefined) return undefined;
  if (typeof answer === 'string') {
    return { code: answer, filename: place, resolveDir: posix.dirname(place) };
  }
  const { code, ...rest } = Object(answer) as Partial<ModuleSource>;
  if (typeof code === 'string') return { code, ...sourceOptions(place, rest) };
  throw new CofferdamError('INVALID_INPUT', 'a module loader answers a text, a source or null');
}
