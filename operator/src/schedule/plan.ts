import { createHash } from 'node:crypto';
import { parseDuration, type ConcurrencyPolicy, type Schedule } from '@cofferdam/protocol';
import { Cron } from 'croner';

/** Shorter intervals would keep a small machine busy with starting runs. */
export const MIN_EVERY_MS = 1_000;
const DEFAULT_STARTING_DEADLINE_MS = 30_000;
const DEFAULT_TIME_ZONE = 'UTC';

/** When a script is due: every default filled in, every duration in milliseconds. */
export interface Plan {
  /** The script's: runs of the plan are told apart by this and their time. */
  uid: string;
  everyMs?: number;
  cron?: string;
  timeZone: string;
  concurrencyPolicy: ConcurrencyPolicy;
  /** A run that would start later than this after its time is skipped. */
  startingDeadlineMs: number;
  /** By how much this script's times are moved, from its uid. */
  offsetMs: number;
}

/** Reads a checked schedule. */
export function planOf(schedule: Schedule, uid: string): Plan {
  const duration = (text: string | undefined) =>
    text === undefined ? undefined : parseDuration(text);
  const everyMs = duration(schedule.every);
  return {
    uid,
    ...(everyMs === undefined ? {} : { everyMs }),
    ...(schedule.cron === undefined ? {} : { cron: schedule.cron }),
    timeZone: schedule.timeZone ?? DEFAULT_TIME_ZONE,
    concurrencyPolicy: schedule.concurrencyPolicy ?? 'Forbid',
    startingDeadlineMs: duration(schedule.startingDeadline) ?? DEFAULT_STARTING_DEADLINE_MS,
    offsetMs: offsetOf(uid, duration(schedule.splay) ?? 0),
  };
}

/** The first time after `time` (both in milliseconds since the epoch); undefined when none comes. */
export function dueAfter(plan: Plan, time: number): number | undefined {
  const from = time - plan.offsetMs;
  if (plan.everyMs !== undefined) {
    return (Math.floor(from / plan.everyMs) + 1) * plan.everyMs + plan.offsetMs;
  }
  const next = cronOf(plan)?.nextRun(new Date(from));
  return next ? next.getTime() + plan.offsetMs : undefined;
}

/** The last time at or before `time`; undefined when there was none. */
export function dueAtOrBefore(plan: Plan, time: number): number | undefined {
  const from = time - plan.offsetMs;
  if (plan.everyMs !== undefined) {
    return Math.floor(from / plan.everyMs) * plan.everyMs + plan.offsetMs;
  }
  // croner looks strictly before its reference: one millisecond on is `at or before`.
  const [last] = cronOf(plan)?.previousRuns(1, new Date(from + 1)) ?? [];
  return last && last.getTime() <= from ? last.getTime() + plan.offsetMs : undefined;
}

/** Why this is no cron expression that ever comes true; undefined when it is one. */
export function cronProblem(cron: string): string | undefined {
  const fields = cron.trim().split(/\s+/).length;
  if (fields !== 5 && fields !== 6) return `has ${fields} fields, must have 5 (or 6 with seconds)`;
  try {
    const next = new Cron(cron, { paused: true, timezone: DEFAULT_TIME_ZONE }).nextRun();
    return next ? undefined : 'never comes true';
  } catch (error) {
    return `is no cron expression: ${(error as Error).message.replace(/^CronPattern: /, '')}`;
  }
}

export function timeZoneProblem(timeZone: string): string | undefined {
  try {
    Intl.DateTimeFormat('en', { timeZone });
    return undefined;
  } catch {
    return `no time zone is called '${timeZone}'`;
  }
}

function cronOf(plan: Plan): Cron | undefined {
  if (plan.cron === undefined) return undefined;
  return new Cron(plan.cron, { paused: true, timezone: plan.timeZone });
}

/** A fixed part of the splay, the same after every restart. */
function offsetOf(uid: string, splayMs: number): number {
  if (splayMs <= 0) return 0;
  return createHash('sha256').update(uid).digest().readUInt32BE(0) % splayMs;
}
