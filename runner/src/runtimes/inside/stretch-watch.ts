import type ivm from 'isolated-vm';

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
  /** CPU time when the thread was last known to be at rest. */
  #restedAt = 0;
  #isAsking = false;
  cpuTimeMs = 0;
  recentCpuMs = 0;

  constructor(options: StretchOptions) {
    this.#options = options;
    this.read();
    this.#restedAt = this.cpuTimeMs;
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
    if (!isolate.isDisposed) this.cpuTimeMs = Number(isolate.cpuTime) / 1e6;
    return this.cpuTimeMs;
  }

  #tick(): void {
    const { isolate, maxMs, onExceeded, onDisposed } = this.#options;
    if (isolate.isDisposed) return onDisposed();
    const before = this.cpuTimeMs;
    this.recentCpuMs = this.read() - before;
    if (this.#isAsking && this.cpuTimeMs - this.#restedAt > maxMs) return onExceeded();
    if (this.recentCpuMs < MIN_WORK_MS) {
      if (++this.#idleTicks > IDLE_TICKS && !this.#isAsking) this.stop();
      return;
    }
    this.#idleTicks = 0;
    if (!this.#isAsking) this.#ask();
  }

  /** The isolate's thread answers between two things that it was given to do. */
  #ask(): void {
    this.#isAsking = true;
    const atRest = () => {
      this.#isAsking = false;
      this.#restedAt = this.read();
    };
    this.#options.isolate.getHeapStatistics().then(atRest, atRest);
  }
}
