import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CofferdamError } from '@cofferdam/protocol';
import type { CheckJob } from './job.ts';
import { readResult, type TypecheckResult } from './result.ts';

export interface CheckBounds {
  /** Milliseconds for one check, the start of the process included. */
  deadlineMs: number;
  /** Resident bytes of both processes; known on Linux only. */
  memoryBytes: number;
}

const ENTRY = fileURLToPath(new URL('./inside/main.ts', import.meta.url));
const PAGE_BYTES = 4096;
/** A hostile source makes TypeScript take some 5 MiB in this time. */
const LOOK_MS = 20;
/** Milliseconds for the Node process to end after its child. */
const LAST_MS = 500;
/** Seconds of CPU that each process has in all, should nobody be left to end it. */
const CPU_BACKSTOP_S = 300;
const UNDER_LIMITS = `ulimit -c 0; ulimit -t ${CPU_BACKSTOP_S}; exec "$0" "$@"`;
const NODE_ARGS = ['--disable-warning=ExperimentalWarning', '--max-old-space-size=128', ENTRY];

/** The process has ended by itself, or never started. */
export class CheckerGone extends Error {}

/**
 * A Node process with TypeScript's own as its child. It executes nothing of what it checks, sees
 * nothing of our environment, and is ended with SIGKILL, its child included.
 */
export class CheckerProcess {
  /** Sources that it was given. */
  checks = 0;
  readonly #child: ChildProcess;
  readonly #bounds: CheckBounds;
  #nativePid: number | undefined;
  #waiting: { settle(message: unknown): void; fail(error: Error): void } | undefined;
  #gone = false;
  #exited = false;
  #killing: NodeJS.Timeout | undefined;

  constructor(bounds: CheckBounds) {
    this.#bounds = bounds;
    this.#child = start(bounds.memoryBytes);
    this.#child.on('message', (message) => this.#hear(message));
    this.#child.on('error', () => this.#end());
    this.#child.on('exit', () => this.#end());
    this.#rest();
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** It came as far as to hear of a source. */
  get hasStarted(): boolean {
    return this.#nativePid !== undefined;
  }

  /** It keeps more than half of what it may have: not worth its memory while it waits. */
  get isLarge(): boolean {
    return this.#residentBytes() > this.#bounds.memoryBytes / 2;
  }

  /** Rejects with `TYPECHECK_EXCEEDED`, with the signal's reason, or with {@link CheckerGone}. */
  async check(job: CheckJob, signal?: AbortSignal): Promise<TypecheckResult> {
    if (this.#gone) throw new CheckerGone();
    signal?.throwIfAborted();
    this.checks++;
    this.#child.ref();
    this.#child.channel?.ref();
    const answer = Promise.withResolvers<unknown>();
    const stop = (error: Error): void => {
      answer.reject(error);
      this.kill();
    };
    this.#waiting = { settle: answer.resolve, fail: stop };
    const aborted = (): void => stop(signal!.reason as Error);
    signal?.addEventListener('abort', aborted, { once: true });
    const late = setTimeout(() => stop(exceeded('time')), this.#bounds.deadlineMs);
    const look = setInterval(() => this.#lookAtMemory(stop), LOOK_MS);
    try {
      this.#child.send(job, (error) => error && stop(new CheckerGone()));
      return readResult(await answer.promise);
    } finally {
      clearTimeout(late);
      clearInterval(look);
      signal?.removeEventListener('abort', aborted);
      this.#waiting = undefined;
      this.#rest();
    }
  }

  /**
   * SIGKILL to TypeScript's process, which makes ours end by itself once it has waited for it; and to
   * both, which are a process group of their own, when that takes long.
   */
  kill(): void {
    if (this.#killing || this.#exited) return;
    this.#gone = true;
    if (this.#nativePid === undefined) return this.#killGroup();
    this.#killing = setTimeout(() => this.#killGroup(), LAST_MS).unref();
    if (parentOf(this.#nativePid) === this.#child.pid) kill(this.#nativePid);
    else this.#killGroup();
  }

  #killGroup(): void {
    const { pid } = this.#child;
    if (this.#exited || pid === undefined) return;
    if (process.platform !== 'win32') kill(-pid);
    this.#child.kill('SIGKILL');
  }

  #hear(message: unknown): void {
    if (this.#nativePid !== undefined) return this.#waiting?.settle(message);
    const { nativePid } = Object(message) as { nativePid?: unknown };
    this.#nativePid = typeof nativePid === 'number' ? nativePid : 0;
  }

  #end(): void {
    this.#gone = true;
    this.#exited = true;
    clearTimeout(this.#killing);
    this.#waiting?.fail(new CheckerGone());
  }

  /** What waits for a source keeps nobody alive. */
  #rest(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }

  #lookAtMemory(stop: (error: Error) => void): void {
    if (this.#residentBytes() > this.#bounds.memoryBytes) stop(exceeded('memory'));
  }

  #residentBytes(): number {
    return residentBytes(this.#child.pid) + residentBytes(this.#nativePid);
  }
}

function start(memoryBytes: number): ChildProcess {
  const isWindows = process.platform === 'win32';
  const [command, args] = isWindows
    ? [process.execPath, NODE_ARGS]
    : ['/bin/sh', ['-c', UNDER_LIMITS, process.execPath, ...NODE_ARGS]];
  return spawn(command, args, {
    // Go collects garbage sooner from half of the bound on.
    env: { GOMEMLIMIT: `${Math.floor(memoryBytes / 2)}`, GOTRACEBACK: 'none', GOMAXPROCS: '2' },
    cwd: '/',
    detached: !isWindows,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

function exceeded(what: 'time' | 'memory'): CofferdamError {
  const message = `The type check took more ${what} than it may.`;
  return new CofferdamError('TYPECHECK_EXCEEDED', message);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/** Unknown, as 0, where there is no /proc, and of what is no more. */
function parentOf(pid: number): number {
  const stat = readProc(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

function residentBytes(pid: number | undefined): number {
  if (!pid) return 0;
  return Number(readProc(pid, 'statm').split(' ')[1] ?? 0) * PAGE_BYTES;
}

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}
