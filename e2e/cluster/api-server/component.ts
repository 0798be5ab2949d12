import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import path from 'node:path';

/** One process that may be ended and started again. */
export class Component {
  readonly #start: () => Promise<ChildProcess>;
  #child: ChildProcess | undefined;

  constructor(start: () => Promise<ChildProcess>) {
    this.#start = start;
  }

  async start(): Promise<void> {
    this.#child = await this.#start();
  }

  get ended(): boolean {
    return (
      this.#child === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async kill(): Promise<void> {
    if (this.#child === undefined || this.ended) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }
}

export async function launch(about: {
  bin: string;
  folder: string;
  name: string;
  args: readonly string[];
}): Promise<ChildProcess> {
  const log = await open(path.join(about.folder, `${about.name}.log`), 'a');
  // Whatever becomes of this process, what it started ends with it.
  const command = ['--pdeathsig', 'KILL', path.join(about.bin, 'bin', about.name), ...about.args];
  const child = spawn('setpriv', command, {
    cwd: about.folder,
    stdio: ['ignore', log.fd, log.fd],
  });
  await once(child, 'spawn');
  await log.close();
  return child;
}
