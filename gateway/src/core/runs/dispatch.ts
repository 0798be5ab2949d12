import { hash } from 'node:crypto';
import {
  CofferdamError,
  type CallOptions,
  type RunRequest,
  type RunResult,
} from '@cofferdam/protocol';
import { formatTraceparent, type Metrics, type TraceIds } from '@cofferdam/telemetry';
import type { Clock } from '../clock.ts';
import { needsTicket, type Ticket, type Tickets } from '../egress/tickets.ts';
import type { RunIntent } from '../intent.ts';
import type { RunnerLease, RunnerRegistry } from '../runners/registry.ts';
import { checkResult } from './check-result.ts';
import { endingOf } from './ending.ts';
import { liveLog } from './live-log.ts';

export interface DispatcherOptions {
  registry: RunnerRegistry;
  /** Without it a run that needs a ticket is `Unavailable`. */
  tickets?: Tickets | undefined;
  metrics: Metrics;
  /** Milliseconds that a runner may take to answer beyond the run's wall time. */
  graceMs: number;
  now: Clock;
}

/** An admitted run. */
export interface Admitted {
  intent: RunIntent;
  request: RunRequest;
  ids: TraceIds;
  /** Milliseconds since the epoch after which it is too late to start. */
  startBy: number;
}

export interface Dispatched {
  result: RunResult;
  waitedMs: number;
}

/** Brings an admitted run to a runner of its tenant, and back what can be believed of the answer. */
export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Never rejects: what went wrong is the result's exit reason. */
  async dispatch(run: Admitted): Promise<Dispatched> {
    const { registry, now } = this.#options;
    const { tenant, signal } = run.intent;
    const since = now();
    let lease: RunnerLease;
    try {
      lease = await registry.acquire(tenant, { deadlineMs: run.startBy - since, signal });
    } catch (error) {
      const known = { cancelled: signal?.aborted ?? false, dropped: false, alone: true };
      return { result: endingOf({ error, ...known }).result, waitedMs: now() - since };
    }
    try {
      return { result: await this.#runOn(lease, run), waitedMs: lease.waitedMs };
    } finally {
      lease.release();
    }
  }

  async #runOn(lease: RunnerLease, run: Admitted): Promise<RunResult> {
    const { signal } = run.intent;
    let ticket: Ticket | undefined;
    try {
      ticket = await this.#openTicket(run);
      return await this.#call(lease, run, ticket?.secret);
    } catch (error) {
      const alone = lease.active === 1;
      const cancelled = signal?.aborted ?? false;
      const { result, drop } = endingOf({ error, cancelled, dropped: lease.dropped, alone });
      if (drop) lease.drop(`${run.request.runId}: ${CofferdamError.from(error).message}`);
      return result;
    } finally {
      if (ticket) void this.#closeTicket(ticket);
    }
  }

  async #call(lease: RunnerLease, run: Admitted, ticket: string | undefined): Promise<RunResult> {
    const { now } = this.#options;
    const { intent, request } = run;
    const start = now();
    if (start > (intent.notAfter ?? Infinity)) throw new CofferdamError('EXPIRED');
    const payload = ticket === undefined ? request : { ...request, ticket };
    const { reply } = lease.channel.call('run', payload, this.#callOptions(intent));
    // While the runner works.
    const digest = request.wasm?.digest ?? hash('sha256', request.code ?? '');
    return checkResult(await reply, {
      outputBytes: intent.limits.outputBytes,
      start,
      end: now(),
      layers: lease.layers,
      digest,
      cancelled: intent.signal?.aborted ?? false,
      mayExpire: intent.notAfter !== undefined,
    });
  }

  #callOptions({ limits, signal, onLog }: RunIntent): CallOptions {
    const { graceMs, now } = this.#options;
    return {
      deadlineMs: limits.wallTimeMs + graceMs,
      ...(signal ? { signal } : {}),
      ...(onLog ? { onEvent: liveLog(onLog, limits.outputBytes, now) } : {}),
    };
  }

  async #openTicket({ intent, request, ids }: Admitted): Promise<Ticket | undefined> {
    if (!needsTicket(intent)) return undefined;
    const { tickets, now, graceMs } = this.#options;
    if (!tickets) throw new CofferdamError('UNAVAILABLE', 'the way out is not configured');
    const run = {
      runId: request.runId,
      traceparent: formatTraceparent(ids.traceId, ids.spanId, ids.sampled),
      expiresAt: now() + intent.limits.wallTimeMs + graceMs,
    };
    return tickets.open(intent, run).catch((cause: unknown) => {
      // Whatever the way out did wrong, it is not the runner that did it.
      throw new CofferdamError('UNAVAILABLE', 'the way out gave no ticket', { cause });
    });
  }

  async #closeTicket(ticket: Ticket): Promise<void> {
    // A ticket that cannot be closed expires by itself.
    const decisions = await ticket.close().catch(() => undefined);
    if (decisions) this.#options.metrics.egressRequests(decisions);
  }
}
