import { spawn, type ChildProcess } from 'node:child_process';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Channel, CofferdamError, LIMIT_BOUNDS, type IncomingCall } from '@cofferdam/protocol';
import type { ChildExit } from '../../supervisor/child.ts';
import type { Home } from './homes.ts';

const HOST_SCRIPT = fileURLToPath(new URL('../../../generated/deno/inside.js', import.meta.url));
const MiB = 1024 * 1024;
/** A start takes 20 ms; a machine with a hundred other things to do gets this. */
const START_MS = 15_000;
/** V8's last words when its heap is full, with the stack before them, fit. */
const STDERR_TAIL_CHARS = 8 * 1024;
/** Requests under way at once: each holds at most a stream window of bytes in each direction. */
const MAX_FETCHES_IN_FLIGHT = 64;
/** A window for each request, and what a run's texts wait for. */
const MAX_UNSENT_BYTES = 24 * MiB;
/** Console lines at their largest limit, each character escaped. */
const MAX_EVENT_BYTES = 32 * MiB;

/** More than any run may use, and a start: in seconds, as the kernel counts it. */
const CPU_BACKSTOP_S = LIMIT_BOUNDS.cpuTimeMs.maximum / 1000 + 15;
/**
 * The kernel's own limits, for when nobody watches: a loop whose runner was killed ends too, and a
 * full heap leaves no core file. Node cannot set them, so a shell does and becomes the process.
 */
const UNDER_LIMITS = `ulimit -c 0; ulimit -t ${CPU_BACKSTOP_S}; exec "$0" "$@"`;

interface DenoProcessOptions {
  denoPath: string;
  memoryBytes: number;
  home: Home;
}

/** One Deno process without any permission, for one run. */
export class DenoProcess {
  readonly pid: number;
  readonly channel: Channel;
  /** Rejects with `UNAVAILABLE` when the process did not come up. */
  readonly ready: Promise<void>;
  readonly exited: Promise<ChildExit>;
  /** The process has ended and its directory is gone. Never rejects. */
  readonly gone: Promise<void>;
  readonly memoryBytes: number;
  /** What answers the guest's requests; nothing does before a run has begun. */
  onFetch: ((call: IncomingCall) => Promise<unknown>) | undefined;
  /** Told of every byte that the process writes. */
  onOutput: ((bytes: number) => void) | undefined;
  stderrTail = '';
  readonly #child: ChildProcess;

  constructor({ denoPath, memoryBytes, home }: DenoProcessOptions) {
    this.memoryBytes = memoryBytes;
    const child = spawn('/bin/sh', ['-c', UNDER_LIMITS, denoPath, ...commandLine(memoryBytes)], {
      cwd: home.workDir,
      env: {
        DENO_DIR: home.denoDir,
        DENO_NO_UPDATE_CHECK: '1',
        NO_COLOR: '1',
        // No permission stands before WebGPU: without this a script has the machine's graphics driver.
        DENO_WEBGPU_BACKEND: 'none',
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.pid = child.pid ?? -1;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', () => resolve({ code: null, signal: null }));
    });
    this.gone = this.exited.then(() => home.remove()).catch(() => {});
    this.#listen();
    const pipes = Duplex.from({ readable: child.stdout!, writable: child.stdin! });
    this.channel = new Channel(pipes as Duplex, {
      handlers: { fetch: (call) => this.#fetch(call) },
      maxInFlight: MAX_FETCHES_IN_FLIGHT,
      maxEventBytes: MAX_EVENT_BYTES,
      maxUnsentBytes: MAX_UNSENT_BYTES,
    });
    this.ready = this.#start();
    this.ready.catch(() => {});
  }

  /** SIGKILL: the only stop that hostile code cannot refuse. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.pid > 0;
  }

  #listen(): void {
    const { stdin, stdout, stderr } = this.#child;
    // A pipe of a process that was killed breaks: the channel's end says all there is to say.
    for (const pipe of [stdin!, stdout!, stderr!]) pipe.on('error', () => {});
    stdout!.on('data', (chunk: Buffer) => this.onOutput?.(chunk.byteLength));
    stderr!.on('data', (chunk: Buffer) => {
      this.stderrTail = (this.stderrTail + chunk.toString('latin1')).slice(-STDERR_TAIL_CHARS);
      this.onOutput?.(chunk.byteLength);
    });
  }

  async #fetch(call: IncomingCall): Promise<unknown> {
    if (this.onFetch) return this.onFetch(call);
    throw new CofferdamError('PROTOCOL_VIOLATION', 'no run has begun');
  }

  async #start(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#unavailable('did not start in time')), START_MS);
    });
    const ended = this.exited.then(() => {
      throw this.#unavailable('ended as it started');
    });
    try {
      await Promise.race([this.channel.peer, late, ended]);
    } catch (error) {
      this.kill();
      throw error instanceof CofferdamError && error.code === 'UNAVAILABLE'
        ? error
        : this.#unavailable('did not greet');
    } finally {
      clearTimeout(timer);
      ended.catch(() => {});
    }
  }

  #unavailable(what: string): CofferdamError {
    return new CofferdamError('UNAVAILABLE', `a Deno process ${what}`, {
      details: { stderr: this.stderrTail },
    });
  }
}

/**
 * No permission is granted, none is asked for, and nothing is loaded but the host script. The young
 * generation is kept small (3 times 8 MiB) so that resident memory says what a script holds.
 */
function commandLine(memoryBytes: number): string[] {
  return [
    'run',
    '--no-prompt',
    '--no-remote',
    '--no-npm',
    '--no-config',
    '--no-lock',
    '--cached-only',
    // Granted for some hosts unless it is denied.
    '--deny-import',
    '--no-code-cache',
    `--v8-flags=--max-old-space-size=${Math.ceil(memoryBytes / MiB)},--max-semi-space-size=8`,
    HOST_SCRIPT,
  ];
}
