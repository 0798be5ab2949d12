import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface OwnProcessOptions {
  /** The TypeScript module that the process runs, by this Node. */
  entry: URL;
  /** All of its environment: nothing of ours leaks into it. */
  env: Readonly<Record<string, string>>;
}

export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last of what it said on standard error, at most 2 KiB. */
  lastWords: string;
}

/** Time to end by itself after SIGTERM. */
const GRACE_MS = 2_000;
const MAX_LAST_WORDS = 2_048;

/** Ended with this process, also where it ends by `process.exit`. */
const living = new Set<OwnProcess>();
process.on('exit', () => {
  for (const child of living) child.kill();
});

/**
 * A process of ours in a process group of its own: Ctrl-C in the terminal does not reach it, so it is
 * ended in order, and whatever it started is ended with it.
 */
export class OwnProcess {
  /** Resolves when it is over; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  #lastWords = '';
  #over = false;

  constructor({ entry, env }: OwnProcessOptions) {
    this.#child = spawn(process.execPath, [fileURLToPath(entry)], {
      env: { ...inherited(), ...env },
      // Standard input is held open: it ends when this process does, however that ends.
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
      windowsHide: true,
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-MAX_LAST_WORDS);
    });
    // A pipe that nobody reads any more is no news: the end is.
    this.#child.stdin?.on('error', () => {});
    living.add(this);
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null) => {
        this.#over = true;
        living.delete(this);
        this.#killGroup();
        resolve({ code, signal, lastWords: this.#lastWords.trim() });
      };
      this.#child.once('exit', end);
      this.#child.once('error', (error) => {
        this.#lastWords ||= error.message;
        end(null, null);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Asks it to end, and ends it when it does not; resolves when it is over. */
  async stop(): Promise<void> {
    if (this.#over) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), GRACE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  kill(): void {
    if (!this.#over) this.#killGroup();
  }

  /** The group outlives its leader while anything it started lives: that ends here too. */
  #killGroup(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nobody is left in it.
    }
  }
}

const INHERITED = ['PATH', 'TMPDIR', 'NODE_COMPILE_CACHE', 'COFFERDAM_DEBUG'];

/** Where programs, temporary files and compiled code are; nothing that tells who we are. */
function inherited(): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
