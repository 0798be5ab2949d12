import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What of a room's package.json counts here. */
export interface Manifest {
  version: string;
  exports?: Record<string, string>;
  bin?: Record<string, string>;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional: boolean }>;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(posix.join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
}

/** What a module names in an import, or as the place of something. */
export type Reference =
  | { kind: 'node' }
  | { kind: 'package'; name: string }
  /** By its path from the root of the repository; a folder ends with a slash. */
  | { kind: 'own'; file: string };

const ROOM = /^@cofferdam\/([a-z]+)(?:\/(.+))?$/;

export function referenceOf(specifier: string, importer: string): Reference {
  if (specifier.startsWith('.')) {
    return { kind: 'own', file: posix.join(posix.dirname(importer), specifier) };
  }
  const room = ROOM.exec(specifier);
  if (room) return { kind: 'own', file: entryOf(room[1]!, room[2]) };
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return { kind: 'node' };
  const segments = specifier.startsWith('@') ? 2 : 1;
  return { kind: 'package', name: specifier.split('/').slice(0, segments).join('/') };
}

function entryOf(room: string, entry: string | undefined): string {
  const key = entry === undefined ? '.' : `./${entry}`;
  const path = readManifest(room).exports?.[key];
  if (path === undefined) throw new Error(`@cofferdam/${room} has no entry '${key}'`);
  return posix.join(room, path);
}

/** Where a file of the repository is in the package: those of `sdk/` at its root. */
export function placeOf(file: string): string {
  const place = file.startsWith('sdk/') ? file.slice('sdk/'.length) : `rooms/${file}`;
  return place.replace(/(?<!\.d)\.ts$/, '.js');
}

/** How one file of the package names another. */
export function specifierFrom(importer: string, file: string): string {
  const path = posix.relative(posix.dirname(placeOf(importer)), placeOf(file));
  const specifier = path.startsWith('.') ? path : `./${path}`;
  return file.endsWith('/') ? `${specifier}/` : specifier;
}
