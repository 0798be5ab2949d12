import { randomUUID } from 'node:crypto';
import { KubernetesError, type KubernetesClient } from '@cofferdam/kubernetes';
import { systemClock, type Clock } from '../schedule/clock.ts';
import { LeaderTerm, type Moment } from './leader-term.ts';
import { LeaseRecord, type HeldLease } from './lease-record.ts';
import { wait } from './wait.ts';

export interface ElectionTiming {
  /** A lease that nobody has renewed for so long may be taken. Whole seconds. Default 15 s. */
  leaseDurationMs: number;
  /** A leader that could not renew for so long stops. Default 10 s. */
  renewDeadlineMs: number;
  /** Between two tries to renew or to be elected. Default 2 s. */
  retryMs: number;
}

export interface LeaderElectionOptions {
  client: KubernetesClient;
  namespace: string;
  /** Of the Lease. */
  name: string;
  /** Who we are to a person, such as the pod's name. Each process adds something of its own. */
  candidate: string;
  /** We lead from now on, until `term.signal` aborts. */
  onElected: (term: LeaderTerm) => void;
  onError?: ((error: unknown) => void) | undefined;
  timing?: Partial<ElectionTiming> | undefined;
  clock?: Clock | undefined;
  monotonic?: (() => number) | undefined;
}

const TIMING: ElectionTiming = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

/**
 * At most one process leads at any time. A leader ends its term 10 s after the last renewal that it
 * sent; another one waits until 15 s have gone by, on its own clock, since it saw the lease change.
 */
export class LeaderElection {
  /** As the Lease's `holderIdentity`; a process that is started again is another candidate. */
  readonly identity: string;
  readonly #options: LeaderElectionOptions;
  readonly #timing: ElectionTiming;
  readonly #clock: Clock;
  readonly #monotonic: () => number;
  readonly #record: LeaseRecord;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #term: LeaderTerm | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    this.#clock = options.clock ?? systemClock;
    this.#monotonic = options.monotonic ?? (() => performance.now());
    this.identity = `${options.candidate}_${randomUUID()}`;
    this.#record = new LeaseRecord({
      client: options.client,
      key: { namespace: options.namespace, name: options.name },
      identity: this.identity,
      leaseDurationMs: this.#timing.leaseDurationMs,
      now: () => this.#clock.now(),
      monotonic: this.#monotonic,
    });
    this.#running = this.#run();
  }

  /** The term we lead in; undefined when another one leads, or nobody. */
  get term(): LeaderTerm | undefined {
    return this.#term && this.#term.remainingMs() > 0 ? this.#term : undefined;
  }

  /**
   * Ends the term and gives the lease back, so that another candidate need not wait for it to
   * expire. What the leader still had under way is to be ended before.
   */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const held = await this.#attempt(() => this.#acquire(signal));
      if (held) await this.#lead(held);
      // Candidates that started together need not ask together.
      const pauseMs = this.#timing.retryMs * (0.8 + Math.random() * 0.4);
      await wait(this.#clock, pauseMs, signal);
    }
    // Also where we did not lead: a try to be elected may have had its effect although it was aborted.
    await this.#attempt(() => this.#record.release());
  }

  async #acquire(signal: AbortSignal): Promise<(HeldLease & { sent: Moment }) | undefined> {
    const sent = this.#moment();
    const held = await this.#record.acquire({ signal, deadlineMs: this.#timing.renewDeadlineMs });
    return held && { ...held, sent };
  }

  async #lead(held: HeldLease & { sent: Moment }): Promise<void> {
    const term = new LeaderTerm(
      {
        epoch: held.epoch,
        renewDeadlineMs: this.#timing.renewDeadlineMs,
        clock: this.#clock,
        monotonic: this.#monotonic,
      },
      held.sent,
    );
    this.#term = term;
    // Not waited for: whatever it starts must not hold up the next renewal.
    void this.#attempt(async () => this.#options.onElected(term));
    const over = AbortSignal.any([term.signal, this.#closing.signal]);
    let version = held.resourceVersion;
    while (!over.aborted) {
      await wait(this.#clock, this.#timing.retryMs, over);
      if (!over.aborted) version = await this.#renew(term, { version, signal: over });
    }
    term.end('the election was closed');
    this.#term = undefined;
  }

  /** Answers the lease's version, the same one when nothing came of it. */
  async #renew(
    term: LeaderTerm,
    { version, signal }: { version: string; signal: AbortSignal },
  ): Promise<string> {
    const deadlineMs = term.remainingMs();
    if (deadlineMs === 0) {
      term.end('it was not renewed in time');
      return version;
    }
    const sent = this.#moment();
    const renewed = await this.#attempt(() =>
      this.#record.renew(version, { epoch: term.epoch, deadlineMs, signal }),
    );
    if (renewed === undefined) return version;
    if (renewed === 'lost') {
      term.end('another candidate has taken it');
      return version;
    }
    term.renew(sent);
    return renewed;
  }

  #moment(): Moment {
    return { wall: this.#clock.now(), monotonic: this.#monotonic() };
  }

  /** Losing or closing aborts what is under way; that is no failure. */
  async #attempt<R>(act: () => Promise<R>): Promise<R | undefined> {
    try {
      return await act();
    } catch (error) {
      const aborted = this.#closing.signal.aborted && !(error instanceof KubernetesError);
      if (!aborted) this.#report(error);
      return undefined;
    }
  }

  #report(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // A reporter that fails has nobody to report to, and must not end the election.
    }
  }
}
