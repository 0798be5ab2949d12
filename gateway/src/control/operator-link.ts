import {
  CofferdamError,
  type Channel,
  type PoolDemand,
  type RunnerOwner,
  type RunnerReport,
} from '@cofferdam/protocol';
import type { RunOutcome, Trigger } from '../core/intent.ts';
import type { RunnerSource } from '../core/runners/registry.ts';

/** Messages that are answered with nothing. */
const NOTICE_MS = 10_000;
/** How long a bind waits for an operator, and for its answer: a leader is replaced within 15 s. */
const BIND_MS = 10_000;
/** Runs that nobody was told of meanwhile; the oldest give way. */
const MAX_WAITING_RUNS = 10_000;
/** A status shows 200 characters of a run's value; of 10,000 runs more would be gigabytes. */
const MAX_VALUE_LENGTH = 1_024;

/** A run that the operator did not ask for. */
export interface FinishedRunNotice {
  uid: string;
  namespace: string;
  name: string;
  outcome: Pick<RunOutcome, 'runId' | 'startedAt' | 'durationMs' | 'result'>;
  trigger: Trigger;
}

/** The operator, as the gateway sees it: perhaps away, and told everything when it is back. */
export class OperatorLink implements RunnerSource {
  readonly #demands = new Map<string, PoolDemand>();
  readonly #discarded = new Map<string, string>();
  readonly #reports = new Map<string, RunnerReport>();
  #runs: FinishedRunNotice[] = [];
  #channel: Channel | undefined;
  #connected = Promise.withResolvers<void>();

  /** Takes the connection of an operator, in place of an earlier one. */
  connect(channel: Channel): void {
    this.#channel?.close();
    this.#channel = channel;
    this.#connected.resolve();
    void channel.closed.then(() => {
      if (this.#channel !== channel) return;
      this.#channel = undefined;
      this.#connected = Promise.withResolvers();
    });
  }

  get isConnected(): boolean {
    return this.#channel !== undefined;
  }

  /** Says everything that the operator should know; after it has said what it wants. */
  catchUp(): void {
    for (const demand of this.#demands.values()) this.#notify('demand', demand);
    for (const report of this.#reports.values()) this.#notify('runner.report', report);
    for (const [runnerId, reason] of this.#discarded) this.#discard(runnerId, reason);
    for (const run of this.#runs.splice(0)) void this.#tell(run);
  }

  demand(demand: PoolDemand): void {
    const before = this.#demands.get(demand.pool);
    if (before && JSON.stringify(before) === JSON.stringify(demand)) return;
    this.#demands.set(demand.pool, demand);
    this.#notify('demand', demand);
  }

  discard(runnerId: string, reason: string): void {
    this.#reports.delete(runnerId);
    this.#discarded.set(runnerId, reason.slice(0, 1_024));
    this.#discard(runnerId, reason.slice(0, 1_024));
  }

  report(report: RunnerReport): void {
    this.#reports.set(report.runnerId, report);
    this.#notify('runner.report', report);
  }

  /** The operator knows that the runner is gone: nothing of it need be said any more. */
  forget(runnerId: string): void {
    this.#reports.delete(runnerId);
    this.#discarded.delete(runnerId);
  }

  async bind(runnerId: string, owner: RunnerOwner): Promise<void> {
    const channel = await this.#whenConnected();
    try {
      await channel.call('runner.bind', { runnerId, owner }, { deadlineMs: BIND_MS }).reply;
    } catch (error) {
      const known = CofferdamError.from(error);
      // An answer that was lost may have been a yes: the next bind of another owner is refused then.
      if (!isAway(known)) throw known;
      throw new CofferdamError('UNAVAILABLE', `the operator is away: ${known.message}`);
    }
  }

  finished(run: FinishedRunNotice): void {
    void this.#tell({ ...run, outcome: forStatus(run.outcome) });
  }

  async #tell(run: FinishedRunNotice): Promise<void> {
    try {
      if (!this.#channel) throw new CofferdamError('CONNECTION_LOST');
      await this.#channel.call('run.finished', run, { deadlineMs: NOTICE_MS }).reply;
    } catch (error) {
      // What the operator has refused it refuses again.
      if (!isAway(CofferdamError.from(error))) return;
      this.#runs.push(run);
      if (this.#runs.length > MAX_WAITING_RUNS) this.#runs.shift();
    }
  }

  close(): void {
    this.#channel?.close();
  }

  async #whenConnected(): Promise<Channel> {
    if (this.#channel) return this.#channel;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, BIND_MS);
    await Promise.race([this.#connected.promise, late.promise]);
    clearTimeout(timer);
    if (this.#channel) return this.#channel;
    throw new CofferdamError('UNAVAILABLE', 'no operator is connected');
  }

  #discard(runnerId: string, reason: string): void {
    this.#notify('runner.discard', { runnerId, reason });
  }

  #notify(method: string, payload: unknown): void {
    // What is lost with the connection is said again on the next one.
    this.#channel?.call(method, payload, { deadlineMs: NOTICE_MS }).reply.catch(() => {});
  }
}

/** Also one that leads no more: another one does, or will. */
const AWAY = new Set(['CONNECTION_LOST', 'DEADLINE_EXCEEDED', 'STALE_EPOCH']);

function isAway({ code }: CofferdamError): boolean {
  return AWAY.has(code);
}

/** What an operator writes into a status. */
function forStatus({ runId, startedAt, durationMs, result }: FinishedRunNotice['outcome']) {
  const { value, exports: _exports, stubs: _stubs, ...rest } = result;
  const short = value === undefined ? {} : { value: value.slice(0, MAX_VALUE_LENGTH) };
  return { runId, startedAt, durationMs, result: { ...rest, ...short, logs: [], spans: [] } };
}
