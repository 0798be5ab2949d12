import type ivm from 'isolated-vm';
import { CpuClock, type CpuMark } from '../../supervisor/cpu-clock.ts';

const TICK_MS = 10;
/** A guest that did less between two looks is none that works at a stretch. */
const MIN_WORK_MS = 0.5;
/** So many looks without work, and nobody looks until the guest is given something to do. */
const IDLE_TICKS = 25;

export interface StretchOptions {
  isolate: ivm.Isolate;
  maxMs: number;
  /** The guest has worked longer than it may without coming to rest. */
  onExceeded(): void;
  /** The isolate is gone without anybody having ended it: its own memory limit did. */
  onDisposed(): void;
}

/** Watches how long a guest works at a stretch: until its thread takes up something new. */
export class StretchWatch {
  readonly #options: StretchOptions;
  #timer: NodeJS.Timeout | undefined;
  #idleTicks = 0;
  readonly #clock: CpuClock;
  readonly #begun: CpuMark;
  /** When the thread was last known to be at rest. */
  #rested: CpuMark;
  #isAsking = false;
  #isJudging = false;
  cpuTimeMs = 0;
  recentCpuMs = 0;

  constructor(options: StretchOptions) {
    this.#options = options;
    this.#clock = new CpuClock(options.isolate);
    this.#begun = this.#clock.mark();
    this.#rested = this.#begun;
  }

  /** To be called whenever the guest is given something to do. */
  touch(): void {
    this.#idleTicks = 0;
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.recentCpuMs = 0;
  }

  read(): number {
    const { isolate } = this.#options;
    if (!isolate.isDisposed) this.cpuTimeMs = this.#clock.since(this.#begun);
    return this.cpuTimeMs;
  }

  #tick(): void {
    const { isolate, onDisposed } = this.#options;
    if (isolate.isDisposed) return onDisposed();
    const before = this.cpuTimeMs;
    this.recentCpuMs = this.read() - before;
    if (this.#isExceeded) return this.#judge();
    if (this.recentCpuMs < MIN_WORK_MS) {
      if (++this.#idleTicks > IDLE_TICKS && !this.#isAsking) this.stop();
      return;
    }
    this.#idleTicks = 0;
    if (!this.#isAsking) this.#ask();
  }

  get #isExceeded(): boolean {
    const { isolate, maxMs } = this.#options;
    return this.#isAsking && !isolate.isDisposed && this.#clock.since(this.#rested) > maxMs;
  }

  /** A look that comes late comes before the answers that have been waiting for this thread: they are heard first. */
  #judge(): void {
    if (this.#isJudging) return;
    this.#isJudging = true;
    setImmediate(() => {
      this.#isJudging = false;
      if (this.#timer && this.#isExceeded) this.#options.onExceeded();
    });
  }

  /** The isolate's thread answers between two things that it was given to do. */
  #ask(): void {
    this.#isAsking = true;
    const atRest = () => {
      this.#isAsking = false;
      if (!this.#options.isolate.isDisposed) this.#rested = this.#clock.mark();
    };
    this.#options.isolate.getHeapStatistics().then(atRest, atRest);
  }
}
