import { record } from '../../../guest/interface.ts';
import { ask, type FileError } from './calls.ts';
import { own } from './own.ts';
import { childOf } from './path.ts';

/** Deeper folders than an embedder's own limit are none. */
const MAX_DEPTH = 256;

interface Removal {
  error?: FileError | undefined;
  /** What failed to go. */
  path: string;
}

/** Removes a file, a link, or a folder: an empty one, or with `recursive` what is in it too. */
export async function removeTree(path: string, recursive: boolean, depth = 0): Promise<Removal> {
  const { error, stat } = await own(ask({ method: 'stat', path }));
  // Nobody looks through a link, but it can be removed.
  const isRefused = error?.name === 'NotAllowedError';
  if (error && !isRefused) return record({ error, path });
  if (!stat?.isDirectory) return await own(gone('unlink', path));
  if (recursive && depth < MAX_DEPTH) {
    const inside = await own(emptied(path, depth));
    if (inside.error) return inside;
  }
  return await own(gone('rmdir', path));
}

async function emptied(path: string, depth: number): Promise<Removal> {
  const { error, names } = await own(ask({ method: 'readdir', path }));
  if (error) return record({ error, path });
  for (let i = 0; i < names!.length; i++) {
    // eslint-disable-next-line no-await-in-loop -- one after the other
    const removal = await own(removeTree(childOf(path, names![i]!), true, depth + 1));
    if (removal.error && removal.error.name !== 'NotFoundError') return removal;
  }
  return record({ path });
}

async function gone(method: 'unlink' | 'rmdir', path: string): Promise<Removal> {
  const { error } = await own(ask({ method, path }));
  return record({ error, path });
}
