import type ivm from 'isolated-vm';
import type { ExitReason } from '@cofferdam/protocol';
import type { InsideRunLimits } from '../../messages.ts';

const TICK_MS = 5;
const MiB = 2 ** 20;

export interface RunWatchOptions {
  isolate: ivm.Isolate;
  limits: InsideRunLimits;
  /** The isolate itself was given no more. */
  isMemoryExact: boolean;
  /** CPU time of the isolate and what the host did for it, in milliseconds. */
  cpuTimeMs(): number;
  onBreach(exitReason: Extract<ExitReason, 'CpuTime' | 'Memory'>, message: string): void;
}

/** Holds one run to its CPU time, and to its memory where its isolate was given more. */
export class RunWatch implements Disposable {
  readonly #options: RunWatchOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #before: number;
  #isAsking = false;

  constructor(options: RunWatchOptions) {
    this.#options = options;
    this.#before = options.cpuTimeMs();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const { isolate, limits, cpuTimeMs, onBreach, isMemoryExact } = this.#options;
    if (isolate.isDisposed) return;
    const usedMs = cpuTimeMs() - this.#before;
    if (usedMs > limits.cpuTimeMs) {
      return onBreach('CpuTime', `The run used its ${limits.cpuTimeMs} ms of CPU time`);
    }
    if (!isMemoryExact && !this.#isAsking) void this.weigh();
  }

  /** The isolate's thread answers between two things that it does: a loop has its isolate's limit. */
  async weigh(): Promise<void> {
    const { isolate, limits, onBreach, isMemoryExact } = this.#options;
    if (isMemoryExact || isolate.isDisposed) return;
    this.#isAsking = true;
    try {
      const heap = await isolate.getHeapStatistics();
      const bytes = heap.used_heap_size + (heap.externally_allocated_size ?? 0);
      if (bytes <= limits.memoryBytes) return;
      const mib = Math.round(limits.memoryBytes / MiB);
      onBreach('Memory', `The run used more than its ${mib} MiB of memory`);
    } catch {
      // It has ended.
    } finally {
      this.#isAsking = false;
    }
  }
}
