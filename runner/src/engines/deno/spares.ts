import { CofferdamError, DEFAULT_LIMITS } from '@cofferdam/protocol';
import { DenoProcess } from './deno-process.ts';
import type { Homes } from './homes.ts';

/** Spares are made one after another, at most this often: 25 a second, half of one core. */
const SPARE_INTERVAL_MS = 40;

interface SparesOptions {
  denoPath: string;
  homes: Homes;
  /** How many are kept ready. */
  count: number;
}

/** Deno processes started ahead of their runs, and every process that has not gone yet. */
export class Spares {
  readonly #options: SparesOptions;
  readonly #ready: DenoProcess[] = [];
  readonly #all = new Set<DenoProcess>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SparesOptions) {
    this.#options = options;
  }

  get ready(): readonly DenoProcess[] {
    return this.#ready;
  }

  get all(): ReadonlySet<DenoProcess> {
    return this.#all;
  }

  /** A prepared process where its memory limit fits, or else a fresh one. */
  async take(memoryBytes: number): Promise<{ process: DenoProcess; warm: boolean }> {
    if (this.#closed) throw new CofferdamError('SHUTTING_DOWN');
    const spare = memoryBytes === DEFAULT_LIMITS.memoryBytes ? this.#ready.shift() : undefined;
    if (spare) return { process: spare, warm: true };
    const process = this.#start(memoryBytes);
    await process.ready;
    return { process, warm: false };
  }

  /** Makes up for what was taken, soon and at a bounded rate. */
  replenish(): void {
    if (this.#closed || this.#ready.length >= this.#options.count) return;
    this.#timer ??= setTimeout(() => void this.#addOne(), SPARE_INTERVAL_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const process of this.#all) process.kill();
    await Promise.all([...this.#all].map((process) => process.gone));
  }

  async #addOne(): Promise<void> {
    const process = this.#start(DEFAULT_LIMITS.memoryBytes);
    try {
      await process.ready;
    } catch {
      // The next run asks again; trying on its own would spin where Deno cannot start at all.
      this.#timer = undefined;
      return;
    }
    this.#timer = undefined;
    if (this.#closed) return;
    this.#ready.push(process);
    this.replenish();
  }

  #start(memoryBytes: number): DenoProcess {
    const { denoPath, homes } = this.#options;
    const process = new DenoProcess({ denoPath, memoryBytes, home: homes.create() });
    this.#all.add(process);
    void process.exited.then(() => {
      const index = this.#ready.indexOf(process);
      if (index >= 0) this.#ready.splice(index, 1);
    });
    void process.gone.then(() => this.#all.delete(process));
    return process;
  }
}
