import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Where one Deno process lives: nothing in it is shared with another, nothing outlives it. */
export interface Home {
  /** DENO_DIR: localStorage and caches are files below it. */
  denoDir: string;
  /** An empty directory. */
  workDir: string;
  remove(): Promise<void>;
}

const PREFIX = 'cofferdam-deno-';

/** One directory for a runner, its process id in the name, and one below it for each process. */
export class Homes {
  readonly #root: string;
  #count = 0;

  constructor(cacheRoot: string) {
    mkdirSync(cacheRoot, { recursive: true });
    sweep(cacheRoot);
    this.#root = mkdtempSync(join(cacheRoot, `${PREFIX}${process.pid}-`));
  }

  create(): Home {
    const path = join(this.#root, String(++this.#count));
    const denoDir = join(path, 'deno');
    const workDir = join(path, 'work');
    mkdirSync(denoDir, { recursive: true, mode: 0o700 });
    mkdirSync(workDir, { mode: 0o500 });
    // A process that was just killed may still have a file under way: ENOTEMPTY is tried again.
    const remove = () => rm(path, { recursive: true, force: true, maxRetries: 5 });
    return { denoDir, workDir, remove };
  }

  async close(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Removes what runners left behind that were killed, and ends their processes that still loop. */
function sweep(cacheRoot: string): void {
  for (const name of readdirSync(cacheRoot)) {
    const pid = Number(/^cofferdam-deno-(\d+)-/.exec(name)?.[1]);
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    const path = join(cacheRoot, name);
    endOrphans(path);
    rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** A guest in an endless loop does not notice that its runner is gone; its DENO_DIR tells whose it is. */
function endOrphans(root: string): void {
  for (const name of readDirectory('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const environment = readText(`/proc/${name}/environ`);
    if (environment.split('\0').some((entry) => entry.startsWith(`DENO_DIR=${root}/`))) kill(pid);
  }
}

function readDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // another user's process, or one that has ended meanwhile
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Ended meanwhile.
  }
}
