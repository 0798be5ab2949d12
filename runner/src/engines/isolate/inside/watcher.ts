import { MemoryWall } from '../../../supervisor/memory-wall.ts';
import { ownRssReader } from '../../../supervisor/own-rss.ts';
import type { InsideFigures } from '../messages.ts';
import type { GuestRun } from './guest-run.ts';

/** How often limits are looked at while runs are active: a breach is noticed within this. */
const TICK_MS = 10;
/**
 * What the process may grow by beyond the memory its runs were given: V8's young generations, code
 * and the garbage not yet collected of 64 MiB isolates came to 80 MiB here.
 */
const MEMORY_SLACK_BYTES = 96 * 1024 * 1024;
/** A WebAssembly run has the process to itself: its module, code and stacks came to 20 MiB. */
const WASM_SLACK_BYTES = 32 * 1024 * 1024;

/**
 * An isolate that was ended takes this long at most to stop and give its memory back: until then
 * the process is over its memory for what has been answered for already.
 */
const RELEASE_MS = 250;

/** An isolate that did less between two looks has not grown: nobody is ended for resting. */
const MIN_WORK_MS = 0.5;
/** So many ticks of rest show that what is resident now is not what the runs are adding. */
const REST_TICKS = 25;

export interface WatcherOptions {
  spares(): number;
  rss?(): number;
}

/**
 * Looks at every active run from a thread that never runs guest code. isolated-vm's own `timeout`
 * is no limit (it ends with the first turn), its `memoryLimit` counts neither everything nor always.
 */
export class Watcher {
  readonly #runs = new Set<GuestRun>();
  readonly #options: WatcherOptions;
  readonly #rss: () => number;
  #timer: NodeJS.Timeout | undefined;
  readonly #wall = new MemoryWall();
  #baseline: number;
  /** Ticks until the next run may be ended for the memory of the process. */
  #releasing = 0;
  #restedTicks = 0;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#rss = options.rss ?? ownRssReader();
    this.#baseline = this.#rss();
  }

  add(run: GuestRun): void {
    if (this.#runs.size === 0) {
      this.#baseline = this.#rss();
      this.#releasing = 0;
      this.#wall.reset();
    }
    this.#runs.add(run);
    this.#wall.raise(this.#allowedBytes);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  delete(run: GuestRun): void {
    this.#runs.delete(run);
    if (this.#runs.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Resident memory above what it was when the first of the active runs began. */
  get grownBytes(): number {
    return Math.max(0, this.#rss() - this.#baseline);
  }

  figures(): InsideFigures {
    return {
      rssBytes: this.#rss(),
      spares: this.#options.spares(),
      runs: [...this.#runs].map((run) => ({
        runId: run.job.runId,
        cpuTimeMs: run.lastCpuMs,
        recentCpuMs: run.recentCpuMs,
      })),
    };
  }

  get #givenBytes(): number {
    return [...this.#runs].reduce((sum, run) => sum + run.job.limits.memoryBytes, 0);
  }

  get #allowedBytes(): number {
    const isWasm = [...this.#runs].every((run) => run.job.wasm);
    return this.#givenBytes + (isWasm ? WASM_SLACK_BYTES : MEMORY_SLACK_BYTES);
  }

  #tick(): void {
    for (const run of this.#runs) this.#watchTime(run);
    this.#watchMemory();
  }

  #watchTime(run: GuestRun): void {
    if (run.breach) return;
    // Its memory limit ended it, which a loop of allocations can outlive: one grew to 15 GiB.
    if (run.isolate.isDisposed) return this.#endForMemory(run);
    const cpuMs = run.cpuTimeMs;
    run.recentCpuMs = cpuMs - run.lastCpuMs;
    run.lastCpuMs = cpuMs;
    const { cpuTimeMs } = run.job.limits;
    if (cpuMs > cpuTimeMs) run.end('CpuTime', `The script used its ${cpuTimeMs} ms of CPU time`);
  }

  /**
   * In a process that is never without a run, what earlier runs left behind would be held against
   * whoever works next. What is there when all rest has passed this wall, or is nobody's.
   */
  #rebase(): void {
    const working = [...this.#runs].some((run) => run.recentCpuMs >= MIN_WORK_MS);
    this.#restedTicks = working ? 0 : this.#restedTicks + 1;
    if (this.#restedTicks < REST_TICKS) return;
    this.#restedTicks = 0;
    this.#baseline = Math.max(this.#baseline, this.#rss() - this.#givenBytes);
  }

  /** Nothing tells which busy isolate grows; the one that works hardest is the one to end first. */
  #watchMemory(): void {
    if (this.#releasing > 0) {
      this.#releasing--;
      return;
    }
    this.#rebase();
    if (!this.#wall.isBroken(this.grownBytes, this.#allowedBytes)) return;
    const busiest = [...this.#runs]
      .filter((run) => !run.breach && run.recentCpuMs >= MIN_WORK_MS)
      .sort((a, b) => b.recentCpuMs - a.recentCpuMs)[0];
    if (busiest) this.#endForMemory(busiest);
  }

  #endForMemory(run: GuestRun): void {
    run.end('Memory', memoryMessage(run));
    this.#releasing = RELEASE_MS / TICK_MS;
  }
}

export function memoryMessage(run: GuestRun): string {
  return `The script used more than its ${Math.round(run.job.limits.memoryBytes / 2 ** 20)} MiB of memory`;
}
