import { CofferdamError } from '@cofferdam/protocol';
import { CheckerGone, CheckerProcess, type CheckBounds } from './checker-process.ts';
import { jobOf, type CheckJob } from './job.ts';
import { readRequest, type TypecheckRequest } from './request.ts';
import type { TypecheckResult } from './result.ts';

/** What checks may take. */
export interface TypecheckerOptions {
  /** Processes, each of which checks one source at a time: 1 or 2. Default 1. */
  processes?: 1 | 2;
  /** Milliseconds that one source may take; then its process is killed. Default 10 s. */
  deadlineMs?: number;
  /** Resident bytes that one process and its child may take. Default 320 MiB. Known on Linux only. */
  memoryBytes?: number;
  /** Milliseconds after which a process that has nothing to do is ended. Default 60 s. */
  idleMs?: number;
  /** Sources that may wait. Default 64. */
  maxQueue?: number;
}

/** Checks sources, one after the other or at the same time. */
export interface Typechecker {
  /**
   * Checks one source; nothing of it is executed. What is wrong with it is a value. Rejects with
   * `INVALID_INPUT`, `CODE_TOO_LARGE`, `TYPECHECK_EXCEEDED`, `QUEUE_FULL`, `UNAVAILABLE`,
   * `SHUTTING_DOWN`, or the signal's reason.
   */
  check(request: TypecheckRequest, options?: { signal?: AbortSignal }): Promise<TypecheckResult>;
  /** Ends every process. Checks under way reject with `SHUTTING_DOWN`. */
  close(): void;
}

const MiB = 1024 * 1024;
const DEFAULTS = {
  processes: 1,
  deadlineMs: 10_000,
  memoryBytes: 320 * MiB,
  idleMs: 60_000,
  maxQueue: 64,
};
/** What a checker has read stays in it, in part: then it is replaced. */
const MAX_CHECKS = 200;

interface Seat {
  process?: CheckerProcess | undefined;
  idle?: NodeJS.Timeout | undefined;
}

/** Checks for a server: in processes of its own, started when they are wanted first. */
export function createTypechecker(options: TypecheckerOptions = {}): Typechecker {
  return new TypecheckerPool({ ...DEFAULTS, ...options });
}

class TypecheckerPool implements Typechecker {
  readonly #bounds: CheckBounds;
  readonly #idleMs: number;
  readonly #maxQueue: number;
  readonly #free: Seat[];
  readonly #waiting = new Set<(seat: Seat) => void>();
  readonly #closing = new AbortController();

  constructor({
    processes,
    idleMs,
    maxQueue,
    ...bounds
  }: Required<TypecheckerOptions> | typeof DEFAULTS) {
    this.#bounds = bounds;
    this.#idleMs = idleMs;
    this.#maxQueue = maxQueue;
    this.#free = Array.from({ length: processes }, () => ({}));
  }

  async check(
    input: TypecheckRequest,
    options: { signal?: AbortSignal } = {},
  ): Promise<TypecheckResult> {
    const job = jobOf(readRequest(input));
    const closing = this.#closing.signal;
    const signal = options.signal ? AbortSignal.any([options.signal, closing]) : closing;
    const seat = await this.#enter(signal);
    try {
      return await this.#checkOn(seat, job, signal);
    } finally {
      this.#leave(seat);
    }
  }

  close(): void {
    this.#closing.abort(new CofferdamError('SHUTTING_DOWN'));
    for (const seat of this.#free) empty(seat);
  }

  async #checkOn(seat: Seat, job: CheckJob, signal: AbortSignal): Promise<TypecheckResult> {
    for (let isRetry = false; ; isRetry = true) {
      const used = this.#processOn(seat);
      try {
        // eslint-disable-next-line no-await-in-loop -- once more at most
        return await used.check(job, signal);
      } catch (error) {
        used.kill();
        if (!(error instanceof CheckerGone)) throw error;
        // What another source did to a process is not this one's fault.
        if (!isRetry && used.checks > 1) continue;
        if (!used.hasStarted) throw new CofferdamError('UNAVAILABLE', 'No type checker starts.');
        throw new CofferdamError('TYPECHECK_EXCEEDED', 'The source ends the type checker.');
      }
    }
  }

  #processOn(seat: Seat): CheckerProcess {
    if (seat.process && !seat.process.gone && seat.process.checks < MAX_CHECKS) return seat.process;
    seat.process?.kill();
    return (seat.process = new CheckerProcess(this.#bounds));
  }

  #enter(signal: AbortSignal): Promise<Seat> | Seat {
    signal.throwIfAborted();
    const free = this.#free.pop();
    if (free) {
      clearTimeout(free.idle);
      return free;
    }
    if (this.#waiting.size >= this.#maxQueue) throw new CofferdamError('QUEUE_FULL');
    return new Promise((resolve, reject) => {
      const take = (seat: Seat): void => {
        signal.removeEventListener('abort', aborted);
        resolve(seat);
      };
      const aborted = (): void => {
        this.#waiting.delete(take);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', aborted, { once: true });
      this.#waiting.add(take);
    });
  }

  #leave(seat: Seat): void {
    if (seat.process?.isLarge) empty(seat);
    const [next] = this.#waiting;
    if (next) {
      this.#waiting.delete(next);
      next(seat);
      return;
    }
    this.#free.push(seat);
    if (this.#closing.signal.aborted) return empty(seat);
    seat.idle = setTimeout(() => empty(seat), this.#idleMs).unref();
  }
}

function empty(seat: Seat): void {
  clearTimeout(seat.idle);
  seat.process?.kill();
  seat.process = undefined;
}
