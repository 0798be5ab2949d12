import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** A real `cofferdam`, and what it says line by line. */
export class CofferdamProcess {
  readonly lines: string[] = [];
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();
  #over = false;

  constructor(
    args: string[],
    env: NodeJS.ProcessEnv = {},
    [command, ...before]: [string, ...string[]] = [process.execPath, MAIN],
  ) {
    this.#child = spawn(command, [...before, ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      createInterface(stream).on('line', (line) => this.#hear(line));
    }
    this.exited = once(this.#child, 'close').then(([code]) => {
      this.#over = true;
      for (const listener of this.#listeners) listener();
      return code as number | null;
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** The first line from `from` on that matches; fails when the process ends before it came. */
  async line(pattern: RegExp, from = 0): Promise<string> {
    for (;;) {
      const found = this.lines.slice(from).find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.#over) throw new Error(`it ended without ${pattern}:\n${this.text}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#listeners.add(resolve);
      // eslint-disable-next-line no-await-in-loop -- one line after another
      await promise;
      this.#listeners.delete(resolve);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #hear(line: string): void {
    this.lines.push(line);
    for (const listener of this.#listeners) listener();
  }
}

/** Every process that this one started, and those that they started. */
export async function descendants(pid: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // eslint-disable-next-line no-await-in-loop -- the table changes while it is read
    const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (state !== 'Z') parents.set(Number(name), Number(parent));
  }
  const found = [pid];
  for (const above of found) {
    for (const [child, parent] of parents) if (parent === above) found.push(child);
  }
  return found.slice(1);
}

export async function isRunning(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !text.slice(text.lastIndexOf(')') + 2).startsWith('Z');
}
