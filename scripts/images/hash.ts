import { createHash } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { ROOT } from './image.ts';

const EXCLUDED = ['**/node_modules', '**/*.test.ts'];

/** One hash over the names and contents of the repository's files that the patterns name. */
export async function hashFiles(patterns: readonly string[], salt = ''): Promise<string> {
  const files = new Set<string>();
  for await (const entry of glob(patterns, { cwd: ROOT, exclude: EXCLUDED, withFileTypes: true })) {
    if (entry.isFile()) files.add(join(entry.parentPath, entry.name));
  }
  const hash = createHash('sha256').update(salt);
  for (const file of [...files].sort()) {
    // eslint-disable-next-line no-await-in-loop -- in order: it is one hash
    hash.update(`\0${relative(ROOT, file)}\0`).update(await readFile(file));
  }
  return hash.digest('hex');
}
