import { DatabaseSync } from 'node:sqlite';
import { CofferdamError } from '@cofferdam/protocol/base';
import { InUseError } from './exit-code.ts';
import { checkFolder, checkLockFile, makeFolder } from './place.ts';

const BUSY = 5;

/** Makes sure of a socket's folder and takes the lock. Throws `INVALID_CONFIG`. */
export async function claimPlace(socketPath: string): Promise<Disposable> {
  await makeFolder(socketPath);
  await checkFolder(socketPath);
  return takeLock(socketPath);
}

/**
 * Who holds the lock may listen at the socket's path, and takes the place of one that a dead daemon
 * left. The lock is the operating system's, on an SQLite file beside the socket: it ends with the
 * process, however that ends, and of two that start at once one gets it. The file stays, empty.
 */
async function takeLock(socketPath: string): Promise<Disposable> {
  const path = `${socketPath}.lock`;
  await checkLockFile(path);
  const mask = process.umask(0o177);
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path, { timeout: 0 });
    // Without a journal nothing is written at all, which a process that is killed would leave behind.
    lock.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock?.close();
    throw refusal(socketPath, cause);
  } finally {
    process.umask(mask);
  }
  const held = lock;
  return { [Symbol.dispose]: () => held.close() };
}

function refusal(socketPath: string, cause: unknown): CofferdamError {
  const { errcode } = Object(cause) as { errcode?: unknown };
  if (errcode === BUSY) return new InUseError(`another daemon listens on ${socketPath}`);
  const message = `the socket ${socketPath}: its lock file cannot be used`;
  return new CofferdamError('INVALID_CONFIG', message, { cause });
}
