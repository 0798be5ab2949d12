import type ivm from 'isolated-vm';

/**
 * gVisor counts the CPU time of processes by looking every 10 ms who works: whoever works only between its looks is
 * counted for this much of the time that it had a thread.
 */
const LEAST_SHARE = 0.1;

/** A moment of a {@link CpuClock}. */
export interface CpuMark {
  givenMs: number;
  processMs: number;
}

/**
 * CPU time of an isolate. What isolated-vm calls so is the time for which the isolate had a thread, whether the machine
 * let that run or not: beside six loops on two cores 3.5 times as much. No isolate has worked more than its process.
 */
export class CpuClock {
  readonly #isolate: ivm.Isolate;
  readonly #processMs: () => number;

  constructor(isolate: ivm.Isolate, processMs = ownCpuMs) {
    this.#isolate = isolate;
    this.#processMs = processMs;
  }

  /** Throws where the isolate is disposed of. */
  mark(): CpuMark {
    return { givenMs: Number(this.#isolate.cpuTime) / 1e6, processMs: this.#processMs() };
  }

  /** Milliseconds that it has worked since then; never less than before. Throws as {@link mark} does. */
  since({ givenMs, processMs }: CpuMark): number {
    const now = this.mark();
    const given = now.givenMs - givenMs;
    return Math.max(given * LEAST_SHARE, Math.min(given, now.processMs - processMs));
  }
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}
