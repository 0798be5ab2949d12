import type { Limits } from '@cofferdam/protocol';
import { CofferdamError } from '@cofferdam/protocol';
import { readProc, readWrittenBytes, type ProcFigures } from '../../supervisor/proc.ts';
import { limitEnding, memoryEnding, type Ending } from './ending.ts';

/** How often a busy process is looked at: what it may overrun its limits by. */
const POLL_MS = 20;
/**
 * What resident memory may grow by beyond the script's limit: the young generation is 24 MiB at
 * most, and compiled code and stacks came to 4 to 8 MiB. 47 MiB of live arrays measured 70.
 */
const MEMORY_SLACK_BYTES = 32 * 2 ** 20;
/** The kernel counts CPU time in these steps. */
const TICK_MS = 10;

export interface Usage {
  cpuTimeMs: number;
  memoryBytes: number;
}

/** Watches one process from outside while its run lasts: CPU time and memory above its baseline. */
export class ProcessWatch {
  readonly #pid: number;
  readonly #limits: Limits;
  readonly #piped: () => number;
  readonly #onBreach: (ending: Ending) => void;
  readonly #baseline: ProcFigures;
  readonly #writtenBefore: number;
  #timer: NodeJS.Timeout | undefined;
  #usage: Usage = { cpuTimeMs: 0, memoryBytes: 0 };

  /** `piped`: bytes that came out of the process's pipes, which are no files. */
  constructor(
    pid: number,
    options: { limits: Limits; piped(): number; onBreach(ending: Ending): void },
  ) {
    const baseline = readProc(pid);
    // Without figures there are no limits, and a run without limits is none.
    if (!baseline)
      throw new CofferdamError('UNAVAILABLE', 'the process cannot be watched in /proc');
    this.#pid = pid;
    this.#limits = options.limits;
    this.#piped = options.piped;
    this.#onBreach = options.onBreach;
    this.#baseline = baseline;
    this.#writtenBefore = readWrittenBytes(pid) ?? 0;
    this.#timer = setInterval(() => this.#poll(), POLL_MS);
  }

  /** Ends watching; the process's last figures, or what was seen last where it has gone. */
  stop(): Usage {
    clearInterval(this.#timer);
    this.#read();
    return this.#usage;
  }

  #poll(): void {
    if (!this.#read()) return;
    const { cpuTimeMs, memoryBytes } = this.#limits;
    if (this.#usage.cpuTimeMs > cpuTimeMs + TICK_MS) {
      this.#onBreach(limitEnding('CpuTime', `The script used its ${cpuTimeMs} ms of CPU time`));
    } else if (this.#usage.memoryBytes + this.#storedBytes() > memoryBytes + MEMORY_SLACK_BYTES) {
      this.#onBreach(memoryEnding(memoryBytes));
    }
  }

  #read(): boolean {
    const figures = readProc(this.#pid);
    // A process that has ended still has its CPU time, and no memory.
    if (!figures) return false;
    this.#usage = {
      cpuTimeMs: Math.max(0, figures.cpuMs - this.#baseline.cpuMs),
      memoryBytes:
        figures.rssBytes === 0
          ? this.#usage.memoryBytes
          : Math.max(0, figures.rssBytes - this.#baseline.rssBytes),
    };
    return true;
  }

  /** `caches` and localStorage are files: what a script keeps there counts as what it keeps. */
  #storedBytes(): number {
    const written = (readWrittenBytes(this.#pid) ?? 0) - this.#writtenBefore - this.#piped();
    return Math.max(0, written);
  }
}
