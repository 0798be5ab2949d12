import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CofferdamError } from '@cofferdam/protocol';

export interface DataDir {
  path: string;
  /** The one database file: the gateway keeps its runs there, the operator its status. */
  databasePath: string;
  release(): void;
}

/**
 * Makes the folder (for this user alone) and takes it for this process. The lock is one of the
 * operating system's on an SQLite file: it ends with the process, however that ends.
 */
export async function takeDataDir(folder: string): Promise<DataDir> {
  const path = resolve(folder);
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw new CofferdamError(
      'INVALID_CONFIG',
      `the data folder ${path} cannot be made: ${error.code}`,
    );
  });
  const lock = openLock(path);
  return {
    path,
    databasePath: join(path, 'runs.sqlite'),
    release: () => lock.close(),
  };
}

function openLock(path: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(path, 'lock.sqlite'));
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    const inUse = /locked/.test((error as Error).message);
    const why = inUse
      ? 'is used by another cofferdam; end that one, or choose another with --data-dir'
      : `cannot be used: ${(error as Error).message}`;
    throw new CofferdamError('INVALID_CONFIG', `the data folder ${path} ${why}`);
  }
}
