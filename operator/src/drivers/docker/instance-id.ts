import { hash, randomUUID } from 'node:crypto';
import { readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'docker-instance';
const ID = /^[0-9a-f-]{36}$/;
const CHARACTERS = 32;

/**
 * Whose containers are ours, from one start to the next: a random name kept in the data folder. The
 * folder's own path is part of it, so that a copy of the folder does not end the original's runners.
 */
export async function instanceId(dataDir: string): Promise<string> {
  const path = await realpath(dataDir);
  const file = join(path, FILE);
  let name = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (!ID.test(name)) {
    name = randomUUID();
    await writeFile(file, `${name}\n`, { mode: 0o600 });
  }
  return hash('sha256', `${name}:${path}`).slice(0, CHARACTERS);
}
