import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CofferdamError, type Span } from '@cofferdam/protocol';
import { now } from '../../clock.ts';
import { readProc } from '../../supervisor/proc.ts';
import type { Engine, EngineStats, Job, Outcome } from '../engine.ts';
import { installedDeno } from './binary.ts';
import { DenoRun } from './deno-run.ts';
import { Homes } from './homes.ts';
import { Spares } from './spares.ts';

export interface DenoEngineOptions {
  /** The Deno binary. Default: that of the `deno` package. */
  denoPath?: string;
  /** Processes kept ready once a first run has come. Default 2. */
  spare?: number;
  /** Whether spares are made at once, ahead of the first run. Default false. */
  eager?: boolean;
  /** Where the processes' private directories are made. Default: below the system's temporary. */
  cacheRoot?: string;
  /** Runs at once; one more is refused with `UNAVAILABLE`. Default 64. */
  maxActive?: number;
}

/** Runs each script in a Deno process of its own, started without any permission and never reused. */
export class DenoEngine implements Engine {
  readonly #homes: Homes;
  readonly #spares: Spares;
  readonly #maxActive: number;
  readonly #active = new Set<number>();
  #taking = 0;
  #completed = 0;
  #killed = 0;

  constructor(options: DenoEngineOptions = {}) {
    const { denoPath = installedDeno(), spare = 2, eager = false, maxActive = 64 } = options;
    this.#homes = new Homes(options.cacheRoot ?? join(tmpdir(), 'cofferdam'));
    this.#spares = new Spares({ denoPath, homes: this.#homes, count: spare });
    this.#maxActive = maxActive;
    if (eager) this.#spares.replenish();
  }

  async run(job: Job): Promise<Outcome> {
    if (!job.source) throw new CofferdamError('INTERNAL', 'a Deno run without a source');
    if (this.#active.size + this.#taking >= this.#maxActive) {
      throw new CofferdamError('UNAVAILABLE', `${this.#maxActive} Deno processes are busy`);
    }
    const began = now();
    const { process, warm } = await this.#take(job.request.limits.memoryBytes);
    this.#active.add(process.pid);
    try {
      const isolate: Span = {
        name: 'isolate',
        start: began,
        end: now(),
        parent: -1,
        attributes: { 'cofferdam.warm': warm },
      };
      const outcome = await new DenoRun(process, job).execute(job.source);
      this.#count(outcome);
      return { ...outcome, warm, spans: [isolate, ...outcome.spans] };
    } finally {
      process.kill();
      this.#active.delete(process.pid);
      this.#spares.replenish();
    }
  }

  stats(): EngineStats {
    return {
      active: this.#active.size,
      spare: this.#spares.ready.length,
      processes: [...this.#spares.all]
        .filter((process) => process.isAlive)
        .map(({ pid }) => ({
          pid,
          role: 'deno',
          rssBytes: readProc(pid)?.rssBytes ?? 0,
          active: this.#active.has(pid) ? 1 : 0,
        })),
      completed: this.#completed,
      killed: this.#killed,
    };
  }

  async close(): Promise<void> {
    await this.#spares.close();
    await this.#homes.close();
  }

  async #take(memoryBytes: number) {
    this.#taking += 1;
    try {
      return await this.#spares.take(memoryBytes);
    } finally {
      this.#taking -= 1;
    }
  }

  /** Every process is killed in the end; counted are those that did not come to their answer. */
  #count({ exitReason }: Pick<Outcome, 'exitReason'>): void {
    const answered = ['Completed', 'Exception', 'ResultNotPlain', 'Output'].includes(exitReason);
    if (answered) this.#completed += 1;
    else this.#killed += 1;
  }
}
