import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { cacheFolder } from './cache.ts';

/** A build from nothing takes a minute or two. */
const PATIENCE_MS = 900_000;

/**
 * `hold` waits until no other build of this user is under way: they share staged files and the engine's layers.
 * The lock is the operating system's, on an SQLite file: it ends with the process, however that ends.
 */
export function takeLock(): Disposable & { hold(): void } {
  const lock = new DatabaseSync(join(cacheFolder('..'), 'images.lock'), { timeout: PATIENCE_MS });
  return {
    hold: () => lock.exec('BEGIN EXCLUSIVE'),
    [Symbol.dispose]: () => lock.close(),
  };
}
