import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CofferdamError,
  type CallOptions,
  type ResolvedPool,
  type RunRequest,
  type RunResult,
  type Traffic,
} from '@cofferdam/protocol';
import { formatTraceparent, type TraceIds } from '@cofferdam/telemetry';
import type { BrowserTraces, RunBrowser, RunBrowsers } from '../browsers/run-browsers.ts';
import type { PageTicket } from '../browsers/remote-browser.ts';
import type { Clock } from '../clock.ts';
import { needsTicket, PAGE_CONNECTIONS, type Ticket, type Tickets } from '../egress/tickets.ts';
import type { Use } from '../egress/use.ts';
import type { RunIntent } from '../intent.ts';
import { claimOfRun, scopeOf } from '../runners/claim.ts';
import type { RunnerLease, RunnerRegistry } from '../runners/registry.ts';
import { checkResult } from './check-result.ts';
import { endingOf } from './ending.ts';
import { liveLog } from './live-log.ts';

/** After these nobody looks for why a check failed. */
const GOOD_ENDINGS: ReadonlySet<string> = new Set(['Completed', 'Cancelled', 'Expired']);

/** A run's answer does not wait longer for what the way out says of it. */
const CLOSE_MS = 1_000;

/** What is left of a run's time when its guest is told that no browser came. */
const TELL_MS = 1_000;

export interface DispatcherOptions {
  registry: RunnerRegistry;
  /** Without it a run that needs a ticket is `Unavailable`. */
  tickets?: Tickets | undefined;
  browsers: RunBrowsers;
  /** Milliseconds that a runner may take to answer beyond the run's wall time. */
  graceMs: number;
  now: Clock;
}

/** An admitted run. */
export interface Admitted {
  intent: RunIntent;
  pool: ResolvedPool;
  request: RunRequest;
  ids: TraceIds;
  /** Milliseconds since the epoch after which it is too late to start. */
  startBy: number;
  /** What its tickets were used for, as they are closed. */
  uses: Use[];
}

export interface Dispatched {
  result: RunResult;
  waitedMs: number;
  /** Of a run that may have a browser. */
  browser?: BrowserTraces;
}

/** One try in one runner; `again`: it may be tried once more. */
type Attempt = Omit<Dispatched, 'waitedMs'> & { again?: boolean };

/** Brings an admitted run to a runner of its tenant, and back what can be believed of the answer. */
export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /**
   * Never rejects: what went wrong is the result's exit reason. A run whose runner was gone before it
   * answered is run again, once, where it is known that it had asked nothing of the world.
   */
  async dispatch(run: Admitted): Promise<Dispatched> {
    const first = await this.#attempt(run);
    if (!first.again || this.#options.now() >= run.startBy) return first;
    const second = await this.#attempt(run);
    const { stats } = second.result;
    return {
      ...second,
      result: { ...second.result, stats: { ...stats, attempts: 2 } },
      waitedMs: first.waitedMs + second.waitedMs,
    };
  }

  async #attempt(run: Admitted): Promise<Dispatched & { again?: boolean }> {
    const { registry, now } = this.#options;
    const { signal } = run.intent;
    const since = now();
    let lease: RunnerLease;
    try {
      const claim = claimOfRun(run.pool, run.intent, run.request.runId);
      lease = await registry.acquire(claim, { deadlineMs: run.startBy - since, signal });
    } catch (error) {
      const known = { cancelled: signal?.aborted ?? false, dropped: false, alone: true };
      return { result: endingOf({ error, ...known }).result, waitedMs: now() - since };
    }
    try {
      return { ...(await this.#runOn(lease, run)), waitedMs: lease.waitedMs };
    } finally {
      lease.release();
    }
  }

  async #runOn(lease: RunnerLease, run: Admitted): Promise<Attempt> {
    const browser = this.#browserOf(lease, run);
    if (!browser) return this.#runIn(lease, run);
    const { result, again } = await this.#runIn(lease, run);
    const isFailedCheck = run.intent.mode === 'check' && !GOOD_ENDINGS.has(result.exitReason);
    const left = await browser.end(isFailedCheck);
    return { result, again: again === true && !browser.used, browser: left };
  }

  /** Registers the run as one whose guest may ask for a browser: of this runner alone. */
  #browserOf({ channel }: RunnerLease, run: Admitted): RunBrowser | undefined {
    const { intent, request } = run;
    if (!intent.browser) return undefined;
    const { browsers, now } = this.#options;
    const endBy = now() + intent.limits.wallTimeMs - TELL_MS;
    return browsers.begin(channel, {
      ...{ runId: request.runId, tenant: intent.tenant, now },
      // Kept of those that fail, which nobody knows before.
      trace: intent.mode === 'check',
      script: scopeOf(intent),
      waitMs: () => Math.max(1, endBy - now()),
      openTicket: () => this.#openPageTicket(run),
    });
  }

  async #openPageTicket(run: Admitted): Promise<PageTicket | undefined> {
    if (run.intent.net.length === 0) return undefined;
    // What a page says is within TLS of its own: nothing can be added to it.
    const { credentials: _, ...intent } = run.intent;
    const ticket = await this.#openTicket({ ...run, intent }, { connections: PAGE_CONNECTIONS });
    return {
      secret: ticket.secret,
      close: async () => void (await this.#closeTicket(ticket, run)),
    };
  }

  async #runIn(lease: RunnerLease, run: Admitted): Promise<Attempt> {
    let ticket: Ticket | undefined;
    try {
      ticket = needsTicket(run.intent) ? await this.#openTicket(run) : undefined;
      const result = await this.#call(lease, run, ticket?.secret);
      if (ticket) await this.#closeTicket(ticket, run);
      return { result };
    } catch (error) {
      const { result, isLost } = this.#broken(lease, run, error);
      const used = ticket ? await this.#closeTicket(ticket, run) : 0;
      return { result, again: isLost && used === 0 };
    }
  }

  /** How the run ended, and whether only the connection did. */
  #broken(lease: RunnerLease, { intent, request }: Admitted, error: unknown) {
    const { dropped, active } = lease;
    const cancelled = intent.signal?.aborted ?? false;
    const ending = endingOf({ error, cancelled, dropped, alone: active === 1 });
    const { code, message } = CofferdamError.from(error);
    if (ending.drop) lease.drop(`${request.runId}: ${message}`);
    // Who follows the run's console has seen lines that would come again.
    const quiet = !cancelled && !dropped && intent.onLog === undefined;
    return { result: ending.result, isLost: quiet && code === 'CONNECTION_LOST' };
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

  async #openTicket(
    { intent, pool, request, ids }: Admitted,
    traffic?: Partial<Traffic>,
  ): Promise<Ticket> {
    const { tickets, now, graceMs } = this.#options;
    if (!tickets) throw new CofferdamError('UNAVAILABLE', 'the way out is not configured');
    const run = {
      runId: request.runId,
      traceparent: formatTraceparent(ids.traceId, ids.spanId, ids.sampled),
      pool,
      expiresAt: now() + intent.limits.wallTimeMs + graceMs,
    };
    const { tenant, net, maxRequests, credentials, lineage } = intent;
    const asked = { ...traffic, ...intent.traffic };
    const holder = { tenant, net, maxRequests, credentials, traffic: asked, lineage };
    return tickets.open(holder, run).catch((cause: unknown) => {
      // Whatever the way out did wrong, it is not the runner that did it.
      throw new CofferdamError('UNAVAILABLE', 'the way out gave no ticket', { cause });
    });
  }

  /** Answers how many requests the guest asked for; `undefined` when that is not known in time. */
  async #closeTicket(ticket: Ticket, { uses }: Admitted): Promise<number | undefined> {
    // A ticket that cannot be closed expires by itself.
    const closed = ticket.close().catch(() => undefined);
    const use = await Promise.race([closed, sleep(CLOSE_MS, undefined, { ref: false })]);
    if (use) uses.push(use);
    return use?.requests;
  }
}
