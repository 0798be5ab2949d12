import type { ResolvedPool } from '@cofferdam/protocol';
import type { Roster } from './roster.ts';
import type { Runner } from './runner.ts';

const NO_POOL = { warm: { minimum: 0, spare: 0 }, idleMs: 0 };

export interface UpkeepOf {
  pool: string;
  /** Absent: the pool is not (or no longer) there, and its runners go when they are idle. */
  rules: ResolvedPool | undefined;
  now: number;
}

/** The idle runners that nobody needs any more. */
export function dueToGo(roster: Roster, { pool, rules, now }: UpkeepOf) {
  const due: Runner[] = [];
  const { warm, idleMs } = rules ?? NO_POOL;
  const { minimum, spare } = warm;
  let { joined, unbound } = roster.counts(pool);
  for (const runner of roster.idle(pool)) {
    const isSpare = runner.owner === undefined && unbound <= spare;
    const isIdle = runner.idleSince <= now - idleMs && joined > minimum && !isSpare;
    if (!isIdle) continue;
    due.push(runner);
    joined--;
    if (runner.owner === undefined) unbound--;
  }
  return due;
}

/** Whether the runner has had as many calls, or lived as long, as its pool allows. */
export function isWorn({ calls, since }: Runner, rules: ResolvedPool | undefined, now: number) {
  const { recycleRuns = Infinity, recycleAgeMs = Infinity } = rules ?? {};
  return calls >= recycleRuns || now - since >= recycleAgeMs;
}
