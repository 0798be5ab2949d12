import type { RunSummary } from '@cofferdam/protocol';
import type { RunTrigger, ScriptOutcome } from './gateway-port.ts';
import type { ScriptStore } from './status/script-store.ts';
import { summarize } from './status/summary.ts';

/** Runs that a status keeps; the gateway's records keep more. */
const MAX_RECENT = 10;

/** What went on and goes on: the runs in each script's status, and how many are under way. */
export class RunHistory {
  readonly #store: ScriptStore;
  readonly #running = new Map<string, number>();

  constructor(store: ScriptStore) {
    this.#store = store;
  }

  running(key: string): number {
    return this.#running.get(key) ?? 0;
  }

  /** Counts a run; the answer is to be called when it is over. */
  begin(key: string): () => void {
    this.#running.set(key, this.running(key) + 1);
    return () => {
      const left = this.running(key) - 1;
      if (left > 0) this.#running.set(key, left);
      else this.#running.delete(key);
    };
  }

  /** Puts a finished run at the head of the script's recent ones. */
  record(uid: string, outcome: ScriptOutcome, trigger: RunTrigger): RunSummary {
    const run = summarize(outcome, trigger);
    const status = this.#store.read(uid)?.status ?? {
      observedGeneration: 0,
      conditions: [],
      recentRuns: [],
    };
    // A gateway that heard no answer says it again.
    const earlier = status.recentRuns.filter(({ runId }) => runId !== run.runId);
    this.#store.writeStatus(uid, {
      ...status,
      lastRun: run,
      recentRuns: [run, ...earlier].slice(0, MAX_RECENT),
      ...(outcome.result.layers.length > 0 ? { layers: outcome.result.layers } : {}),
    });
    return run;
  }
}
