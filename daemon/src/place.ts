import { lstat, mkdir } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import { CofferdamError } from '@cofferdam/protocol/base';

/** `sun_path` has 108 bytes with the one that ends it; a longer path would be cut short in silence. */
const MAX_SOCKET_PATH_BYTES = 107;
const STICKY = 0o1000;
const OF_OTHERS = 0o077;

/** Throws `INVALID_CONFIG` for what is no absolute path that a Unix socket can have. */
export function checkSocketPath(path: string): void {
  if (!path.startsWith('/') || path.includes('\0')) {
    throw unfit(path, 'a socket needs an absolute path');
  }
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_SOCKET_PATH_BYTES) return;
  throw unfit(path, `it has ${bytes} bytes, and a socket's path ${MAX_SOCKET_PATH_BYTES} at most`);
}

/** Makes the folder of a socket, for this user alone, where there is none; throws `INVALID_CONFIG`. */
export async function makeFolder(socketPath: string): Promise<void> {
  try {
    await mkdir(dirname(socketPath), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unfit(socketPath, 'its folder cannot be made', cause);
  }
}

/**
 * Throws `INVALID_CONFIG` unless nobody but this user and root can put a socket of their own in this
 * one's place: who did could answer for the daemon and would be let call an embedder's functions.
 * A folder of this user's alone is fine, and so is one like /tmp: root's, where each may remove only
 * what is theirs.
 */
export async function checkFolder(socketPath: string): Promise<void> {
  const folder = dirname(socketPath);
  const stats = await lstat(folder).catch((cause: unknown) => {
    throw unfit(socketPath, `its folder cannot be read`, cause);
  });
  const why = stats.isDirectory() ? objection(stats) : 'its folder is no folder, or a link to one';
  if (why !== undefined) throw unfit(socketPath, why);
}

function objection({ uid, mode }: Stats): string | undefined {
  const me = process.geteuid!();
  if ((uid === 0 || uid === me) && (mode & STICKY) !== 0) return undefined;
  if (uid !== me) return 'its folder belongs to another user';
  if ((mode & OF_OTHERS) === 0) return undefined;
  return `its folder lets others in (mode ${(mode & 0o777).toString(8)}, it has to be 700)`;
}

/** What is at the path: nothing, or a socket of this user. Throws `INVALID_CONFIG` for anything else. */
export async function checkSocketFile(socketPath: string): Promise<'none' | 'socket'> {
  const stats = await statOf(socketPath);
  if (!stats) return 'none';
  if (!stats.isSocket()) throw unfit(socketPath, 'there is a file in its place');
  // Root's is as good as one's own: root can do all that this user can.
  if (stats.uid === process.geteuid!() || stats.uid === 0) return 'socket';
  throw unfit(socketPath, 'the socket there belongs to another user');
}

/** The same for the file whose lock says who listens. */
export async function checkLockFile(lockPath: string): Promise<void> {
  const stats = await statOf(lockPath);
  if (!stats || (stats.isFile() && stats.uid === process.geteuid!())) return;
  throw unfit(lockPath, 'its place is taken');
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unfit(path, 'it cannot be read', cause);
  }
}

function unfit(path: string, why: string, cause?: unknown): CofferdamError {
  return new CofferdamError('INVALID_CONFIG', `the socket ${path}: ${why}`, { cause });
}
