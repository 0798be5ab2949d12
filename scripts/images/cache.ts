import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A folder of the image builds' own: `COFFERDAM_CACHE`, else below the user's cache folder. */
export function cacheFolder(...names: string[]): string {
  const { COFFERDAM_CACHE, XDG_CACHE_HOME } = process.env;
  const root = COFFERDAM_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cofferdam');
  const folder = join(root, 'images', ...names);
  mkdirSync(folder, { recursive: true });
  return folder;
}
