import type { Metrics } from '@cofferdam/telemetry';
import type { GatewayStats, RunnerFigures } from './core.ts';
import type { RegisteredRunner, RunnerRegistry } from './runners/registry.ts';
import { readFigures } from './runners/figures.ts';
import type { Admission } from './runs/admission.ts';
import type { RunCounts } from './runs/run-service.ts';
import type { ModuleStore } from './wasm/module-store.ts';

export interface StatsSources {
  admission: Admission;
  registry: RunnerRegistry;
  store: ModuleStore;
  counts: RunCounts;
}

/** A runner that is too busy to say how it is doing within a second is not waited for. */
const STATS_MS = 1_000;

/** What the gateway and its runners are doing. */
export class StatsReader {
  readonly #sources: StatsSources;
  #spares = 0;

  constructor(sources: StatsSources) {
    this.#sources = sources;
  }

  async read(): Promise<GatewayStats> {
    const { admission, registry, store, counts } = this.#sources;
    const runners = await Promise.all(registry.list().map((runner) => this.#ask(runner)));
    this.#spares = sparesOf(runners);
    const { active, queued, maxConcurrent, maxQueue } = admission;
    return {
      ...{ active, queued, maxConcurrent, maxQueue },
      runs: { ...counts },
      wasm: store.stats(),
      runners,
    };
  }

  health() {
    const { admission, registry } = this.#sources;
    // Of what runs guests: a browser's layers say nothing about them.
    const runners = registry.list().filter(({ role }) => role === 'runner');
    const layers = [...new Set(runners.flatMap((runner) => runner.layers))];
    const { active, queued } = admission;
    return { runners: runners.length, active, queued, layers };
  }

  gauges(): ReturnType<Parameters<Metrics['observe']>[0]> {
    const { admission, registry } = this.#sources;
    const runners = registry.list();
    const bound = runners.filter((runner) => runner.tenant !== undefined).length;
    const { active, queued } = admission;
    const byState = { bound, unbound: runners.length - bound, expected: registry.expected };
    return { active, queued, runners: byState, spares: this.#spares };
  }

  async #ask(runner: RegisteredRunner): Promise<RunnerFigures> {
    const { registry } = this.#sources;
    const { layers, versions, pool: _, ...rest } = runner;
    const state = runner.tenant === undefined ? 'unbound' : 'bound';
    const known: RunnerFigures = { ...rest, state, layers: [...layers], versions: { ...versions } };
    try {
      const figures = readFigures(await registry.ask(runner.runnerId, 'stats', STATS_MS));
      return { ...known, ...figures };
    } catch {
      // What a runner does not say, or says wrongly, is missing in the answer.
      return known;
    }
  }
}

function sparesOf(runners: readonly RunnerFigures[]): number {
  const engines = runners.flatMap((runner) => Object.values(runner.engines ?? {}));
  return engines.reduce((sum, { spare }) => sum + spare, 0);
}
