import { spawn } from 'node:child_process';
import { CofferdamError } from '@cofferdam/protocol';
import { nodeBinary } from './node-binary.ts';

export interface StarterOptions {
  entrypoint: string;
  socketPath: string;
  cwd: string;
}

/** A daemon's exit code: another one, or another program, is there. */
const IN_USE = 3;
const REASONS: Record<number, string> = {
  2: 'it refused its arguments',
  4: 'the place of its socket cannot be used',
};
/** What a daemon sees of this process's environment: none of its secrets. */
const PASSED_ON = [
  'PATH',
  'HOME',
  'TMPDIR',
  'LANG',
  'XDG_RUNTIME_DIR',
  'NODE_COMPILE_CACHE',
  'COFFERDAM_DEBUG',
];

/** Starts a daemon, again where the last one has ended, and never two at a time. */
export class Starter {
  readonly #options: StarterOptions;
  #running = false;
  #failure: CofferdamError | undefined;
  #exited: Promise<void> = Promise.resolve();

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  /** Settles when the daemon that was started last has ended. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** Throws `UNAVAILABLE` when the last one could not be started for a reason that stays. */
  ensure(): void {
    if (this.#failure) throw this.#failure;
    if (!this.#running) this.#start();
  }

  #start(): void {
    const { entrypoint, socketPath, cwd } = this.#options;
    this.#running = true;
    const child = spawn(nodeBinary(), [entrypoint, '--socket', socketPath], {
      // Of its own session, so that it outlives this process for others who use it.
      detached: true,
      stdio: 'ignore',
      cwd,
      env: environment(),
      windowsHide: true,
    });
    child.unref();
    this.#exited = new Promise((resolve) => {
      const ended = (failure: CofferdamError | undefined) => {
        this.#running = false;
        this.#failure = failure;
        resolve();
      };
      child.once('exit', (code) => ended(this.#failureOf(code)));
      child.once('error', (cause) => ended(this.#failed('it could not be started', cause)));
    });
  }

  /** One that found another, or ended for want of work, is none: the other one is asked. */
  #failureOf(code: number | null): CofferdamError | undefined {
    if (code === 0 || code === IN_USE) return undefined;
    return this.#failed(REASONS[code ?? 0] ?? `it ended with exit code ${code}`);
  }

  #failed(why: string, cause?: unknown): CofferdamError {
    const { entrypoint, socketPath } = this.#options;
    const message = `no daemon could be started: ${why}. By hand: ${nodeBinary()} ${entrypoint} --socket ${socketPath}`;
    return new CofferdamError('UNAVAILABLE', message, { cause });
  }
}

function environment(): NodeJS.ProcessEnv {
  const known = PASSED_ON.filter((name) => process.env[name] !== undefined);
  return Object.fromEntries(known.map((name) => [name, process.env[name]]));
}
