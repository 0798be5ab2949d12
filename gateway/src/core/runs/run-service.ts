import { CofferdamError, type RunResult } from '@cofferdam/protocol';
import {
  formatTraceparent,
  newTraceIds,
  type FinishedSpan,
  type Telemetry,
  type TraceIds,
} from '@cofferdam/telemetry';
import type { RunBrowsers } from '../browsers/run-browsers.ts';
import { monotonicClock, type Clock } from '../clock.ts';
import type { Tickets } from '../egress/tickets.ts';
import type { Use } from '../egress/use.ts';
import type { RunIntent, RunOutcome, Runs } from '../intent.ts';
import type { RunEnd, RunRecords, RunStart } from '../records/records.ts';
import type { PoolDirectory } from '../pools.ts';
import type { RunnerRegistry } from '../runners/registry.ts';
import type { Admission } from './admission.ts';
import { Dispatcher } from './dispatch.ts';
import { newRunId, requestOf } from './request.ts';
import { traceOf } from './trace.ts';
import { withinPool } from './within-pool.ts';

export interface RunsOptions {
  admission: Admission;
  registry: RunnerRegistry;
  pools: PoolDirectory;
  records: RunRecords;
  telemetry: Telemetry;
  tickets?: Tickets | undefined;
  /** Of runs whose guests may have one. */
  browsers: RunBrowsers;
  /** Whether the tenant has a module of this digest. */
  hasModule: (tenant: string, digest: string) => boolean;
  /** Milliseconds beyond its wall time for a run to find a place, and again to be answered. Default 10 s. */
  graceMs?: number | undefined;
  clock?: Clock;
}

const GRACE_MS = 10_000;

export interface RunCounts {
  total: number;
  completed: number;
  failed: number;
}

/** Every run of this gateway comes through here. */
export class RunService implements Runs {
  readonly counts: RunCounts = { total: 0, completed: 0, failed: 0 };
  readonly #options: RunsOptions;
  readonly #now: Clock;
  readonly #graceMs: number;
  readonly #dispatcher: Dispatcher;

  constructor(options: RunsOptions) {
    this.#options = options;
    this.#now = options.clock ?? monotonicClock;
    this.#graceMs = options.graceMs ?? GRACE_MS;
    const { registry, tickets, browsers } = options;
    const shared = { graceMs: this.#graceMs, now: this.#now };
    this.#dispatcher = new Dispatcher({ registry, tickets, browsers, ...shared });
  }

  /**
   * Rejects while the run has not begun: `QUEUE_FULL`, `EXPIRED`, `CANCELLED`, `STALE_EPOCH`,
   * `DUPLICATE_RUN`, `SHUTTING_DOWN`, `WASM_NOT_FOUND`, `UNAVAILABLE` without a pool, `FORBIDDEN` by it, or because the intent is too large. From
   * admission on everything is an outcome, with a record.
   */
  async execute(asked: RunIntent): Promise<RunOutcome> {
    const { admission, pools, records } = this.#options;
    const pool = pools.choose(asked.tenant, asked.pool);
    const intent = withinPool(asked, pool);
    const arrived = this.#now();
    const start = this.#start(intent, arrived);
    const request = requestOf(intent, start.run.runId);
    this.#requireModule(intent);
    const startBy = this.#startBy(intent, arrived);
    if (startBy <= arrived) throw new CofferdamError('EXPIRED');
    if (!admission.tryEnter()) {
      await admission.enter(intent.tenant, { waitMs: startBy - arrived, signal: intent.signal });
    }
    const admitted = this.#now();
    try {
      if (intent.scheduledAt !== undefined) records.claim(start.run, intent.epoch);
      const run = { intent, pool, request, ids: start.ids, startBy, uses: [] as Use[] };
      const { result, waitedMs, browser } = await this.#dispatcher.dispatch(run);
      const times = { arrived, admitted, ended: this.#now(), waitedMs };
      const seen = { browser: browser?.spans, uses: run.uses };
      const spans = traceOf(start.ids, times, { ...result, ...seen });
      const { artifacts = [] } = browser ?? {};
      return this.#finish(intent, start, {
        ...{ result, spans, artifacts },
        queuedMs: admitted - arrived,
      });
    } finally {
      admission.leave(this.#now() - admitted);
    }
  }

  #start(intent: RunIntent, startedAt: number): { run: RunStart; ids: TraceIds } {
    if (intent.signal?.aborted) throw new CofferdamError('CANCELLED');
    const ids = newTraceIds(intent.traceparent);
    const { tenant, trigger, engine, preset, name, script, scheduledAt } = intent;
    const run = {
      ...{ runId: newRunId(), traceId: ids.traceId, startedAt },
      ...{ tenant, trigger, engine, preset, name },
      ...(script ? { script } : {}),
      ...(scheduledAt === undefined ? {} : { scheduledAt }),
    };
    return { run, ids };
  }

  #startBy({ limits, notAfter }: RunIntent, arrived: number): number {
    const startBy = arrived + limits.wallTimeMs + this.#graceMs;
    return notAfter === undefined ? startBy : Math.min(startBy, notAfter);
  }

  #requireModule({ tenant, wasm, engine }: RunIntent): void {
    if (engine !== 'wasm' || !wasm || this.#options.hasModule(tenant, wasm.digest)) return;
    throw new CofferdamError('WASM_NOT_FOUND');
  }

  #finish(
    intent: RunIntent,
    { run, ids }: { run: RunStart; ids: TraceIds },
    end: Pick<RunEnd, 'result' | 'spans' | 'queuedMs' | 'artifacts'>,
  ): RunOutcome {
    const { records, telemetry } = this.#options;
    const { result, spans, artifacts, queuedMs } = end;
    const { runId, traceId, startedAt } = run;
    const durationMs = spans[0]!.end - startedAt;
    const { exitReason } = result;
    this.counts.total++;
    if (exitReason === 'Completed') this.counts.completed++;
    else this.counts.failed++;
    const isCheck = intent.mode === 'check';
    records.finish(run, { durationMs, queuedMs, result, spans, artifacts, isCheck });
    const { engine, trigger } = run;
    telemetry.metrics.runFinished({ engine, trigger, exitReason, durationMs });
    if (telemetry.exporting && ids.sampled) {
      // Behind the answer: making spans costs more than the rest of a short run's way.
      setImmediate(() => telemetry.recordRun(finishedRun(intent, run, end)));
    }
    const traceparent = formatTraceparent(traceId, ids.spanId, ids.sampled);
    return { runId, traceId, traceparent, startedAt, durationMs, queuedMs, result };
  }
}

function finishedRun(
  intent: RunIntent,
  run: RunStart,
  { result, spans }: { result: RunResult; spans: FinishedSpan[] },
) {
  const { runId, traceId, tenant, trigger, engine, preset, name, script, scheduledAt } = run;
  const error = spans[0]?.error;
  return {
    ...{ runId, traceId, tenant, trigger, engine, preset, name, spans, sampled: true },
    ...(script ? { namespace: script.namespace } : {}),
    ...(result.digest === undefined ? {} : { digest: result.digest }),
    ...(scheduledAt === undefined ? {} : { scheduledAt }),
    ...(intent.cron === undefined ? {} : { cron: intent.cron }),
    ...(error === undefined ? {} : { error }),
    exitReason: result.exitReason,
    warm: result.stats.warm,
    maxMemory: intent.limits.memoryBytes,
    logs: result.logs,
  };
}
