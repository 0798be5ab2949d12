import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createIsolateHost, type IsolateHost } from 'cofferdam';
import { memoryOfTree, type ProcessMemory } from '../memory.ts';

/** A socket of the benchmark's own, whose daemon the library starts as it would for anybody. */
export class Stand implements AsyncDisposable {
  readonly socketPath: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.socketPath = join(folder, 'isolate.sock');
  }

  static async make(): Promise<Stand> {
    return new Stand(await mkdtemp(join(tmpdir(), 'cofferdam-bench-')));
  }

  openHost(): Promise<IsolateHost> {
    return createIsolateHost({ daemon: { socketPath: this.socketPath } });
  }

  /** Ends the daemon and waits until it is gone. */
  async stopDaemon(): Promise<void> {
    for (const pid of await this.#daemons()) process.kill(pid, 'SIGTERM');
    // eslint-disable-next-line no-await-in-loop -- no child of this process, so nothing tells of its end
    while ((await this.#daemons()).length > 0) await sleep(5);
  }

  /** Of the daemon and all its processes. */
  async memory(): Promise<ProcessMemory[]> {
    return (await this.#daemons()).flatMap(memoryOfTree);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopDaemon();
    await rm(this.#folder, { recursive: true });
  }

  async #daemons(): Promise<number[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const commands = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    const wanted = `\0--socket\0${this.socketPath}\0`;
    return pids.filter((_pid, index) => commands[index]!.includes(wanted)).map(Number);
  }
}

/** Settles when a process has ended; rejects where it ended badly. */
export async function ended(child: NodeJS.EventEmitter): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`a process ended with ${code}`);
}
