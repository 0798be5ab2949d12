import { resolve } from 'node:path';
import { fileOptions, type FileBindingsOptions } from './options.ts';
import { readers } from './readers.ts';
import { refuseWrites, writers } from './writers.ts';
import type { FileBindings } from '../../types.ts';

/**
 * Files for a guest: those below `root`, and nothing else. A path that leads out of it (by `..`, by a
 * link, by a name that is replaced at the right moment) is refused with a NotAllowedError. Without
 * `allowWrite` nothing can be changed.
 *
 * Links are followed nowhere below the root, not even to a place within it, and only regular files
 * are opened. `writeFile` makes missing folders. Throws `INVALID_INPUT` for options that are wrong.
 */
export function createFileBindings(options: FileBindingsOptions): Required<FileBindings> {
  const { root, allowWrite = false, maxFileBytes } = fileOptions(options);
  const place = { root: resolve(root), maxFileBytes };
  return { ...readers(place), ...(allowWrite ? writers(place) : refuseWrites()) };
}
