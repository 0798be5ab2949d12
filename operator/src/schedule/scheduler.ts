import { systemClock, type Clock } from './clock.ts';
import { dueAfter, dueAtOrBefore, type Plan } from './plan.ts';

/** A run that is due now. */
export interface DueRun {
  key: string;
  /** Both in milliseconds since the epoch. */
  scheduledAt: number;
  notAfter: number;
  /** Aborted when a later run replaces this one, or the scheduler closes. */
  signal: AbortSignal;
}

export type SkipReason = 'late' | 'running';

export interface SchedulerOptions {
  /** Runs a script to its end; never rejects. */
  run: (due: DueRun) => Promise<void>;
  /** Told of a time that was decided on (run or skipped): it is never decided on again. */
  onDecided?: (key: string, scheduledAt: number) => void;
  onSkip?: (key: string, scheduledAt: number, reason: SkipReason) => void;
  clock?: Clock;
}

/** Long waits are cut, so that a sleep of the machine or a step of its clock is noticed. */
const LONGEST_WAIT_MS = 30_000;
/** A decided time so far ahead was written with a wrong clock. */
const CLOCK_STEP_MS = 60_000;

interface Job {
  plan: Plan;
  /** The last time that was decided on. */
  decided: number;
  cancel: () => void;
}

/** Starts scripts when they are due: each time at most once, a missed one at most once and in time. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #clock: Clock;
  readonly #jobs = new Map<string, Job>();
  readonly #active = new Map<string, Map<AbortController, Promise<void>>>();
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Runs the script by this plan from now on; `decided` is the last time an earlier process decided on. */
  set(key: string, plan: Plan, decided?: number): void {
    const job = this.#jobs.get(key);
    if (this.#closed || (job && samePlan(job.plan, plan))) return;
    job?.cancel();
    const next: Job = {
      plan,
      decided: job?.decided ?? decided ?? this.#clock.now(),
      cancel: () => {},
    };
    this.#jobs.set(key, next);
    this.#tick(key, next);
  }

  /** Starts no more runs of it; one that goes on may end. */
  remove(key: string): void {
    this.#jobs.get(key)?.cancel();
    this.#jobs.delete(key);
  }

  /** When the script runs next, in milliseconds since the epoch. */
  next(key: string): number | undefined {
    const job = this.#jobs.get(key);
    return job && dueAfter(job.plan, this.#clock.now());
  }

  /** Starts nothing more, aborts what goes on and waits for it. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const key of [...this.#jobs.keys()]) this.remove(key);
    const runs = [...this.#active.values()].flatMap((active) => [...active]);
    for (const [controller] of runs) controller.abort();
    await Promise.all(runs.map(([, done]) => done));
  }

  #tick(key: string, job: Job): void {
    const now = this.#clock.now();
    if (job.decided > now + CLOCK_STEP_MS) job.decided = now;
    const due = dueAtOrBefore(job.plan, now);
    if (due !== undefined && due > job.decided) {
      job.decided = due;
      this.#options.onDecided?.(key, due);
      this.#decide(key, job.plan, due);
    }
    this.#arm(key, job);
  }

  #arm(key: string, job: Job): void {
    const now = this.#clock.now();
    const next = dueAfter(job.plan, now) ?? now + LONGEST_WAIT_MS;
    const wait = Math.min(LONGEST_WAIT_MS, Math.max(1, next - now));
    job.cancel = this.#clock.after(wait, () => this.#tick(key, job));
  }

  #decide(key: string, plan: Plan, scheduledAt: number): void {
    const active = this.#active.get(key) ?? new Map<AbortController, Promise<void>>();
    const notAfter = scheduledAt + plan.startingDeadlineMs;
    if (this.#clock.now() > notAfter) return this.#options.onSkip?.(key, scheduledAt, 'late');
    if (active.size > 0 && plan.concurrencyPolicy === 'Forbid') {
      return this.#options.onSkip?.(key, scheduledAt, 'running');
    }
    if (plan.concurrencyPolicy === 'Replace') {
      for (const controller of active.keys()) controller.abort();
    }
    const controller = new AbortController();
    const done = this.#options
      .run({ key, scheduledAt, notAfter, signal: controller.signal })
      .finally(() => {
        active.delete(controller);
        if (active.size === 0) this.#active.delete(key);
      });
    active.set(controller, done);
    this.#active.set(key, active);
  }
}

function samePlan(a: Plan, b: Plan): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
