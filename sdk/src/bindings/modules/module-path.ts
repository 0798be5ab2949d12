import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a specifier without an ending may mean, in this order. */
const ENDINGS = ['.ts', '.tsx', '.js', '.jsx', '.mjs', '.json'];
/** TypeScript's authors name the file that would be made of theirs. */
const WRITTEN_AS: Record<string, string[]> = {
  '.js': ['.ts', '.tsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
};
const RELATIVE = /^\.\.?(?:\/|$)/;

/** The absolute POSIX path that a relative or absolute specifier names; of a bare one `undefined`. */
export function placeOf(specifier: string, resolveDir: string): string | undefined {
  if (RELATIVE.test(specifier) || specifier.startsWith('/')) {
    return posix.resolve('/', resolveDir, specifier);
  }
  return specifier.startsWith('file://') ? placeOfUrl(specifier) : undefined;
}

function placeOfUrl(specifier: string): string | undefined {
  try {
    return posix.resolve('/', fileURLToPath(specifier, { windows: false }));
  } catch {
    return undefined;
  }
}

/** The files that a path may mean; of the empty path, a folder itself, its index. */
export function candidatesOf(path: string): string[] {
  const folder = path === '' ? '' : `${path}/`;
  const index = ENDINGS.map((ending) => `${folder}index${ending}`);
  if (path === '') return index;
  const ending = posix.extname(path);
  const stem = path.slice(0, path.length - ending.length);
  const written = (WRITTEN_AS[ending] ?? []).map((other) => stem + other);
  return [path, ...written, ...ENDINGS.map((each) => path + each), ...index];
}

/** What reads as a separator or as `..` to somebody who decodes it, or on another system. */
const DISGUISED = /[\0\\]|%(?:2f|5c|00)|(?:^|\/)(?:\.|%2e){2}(?:\/|$)/i;

/** Whether a path, joined to a folder in whatever way, stays below it. */
export function staysBelow(path: string): boolean {
  return !path.startsWith('/') && !DISGUISED.test(path);
}
