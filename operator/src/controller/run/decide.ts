import { describeProblems, type RunStatus } from '@cofferdam/protocol';
import type { Attempt, Gathered } from './gathered.ts';
import { endedStatus, isFinished, pendingStatus, refusedStatus, runningStatus } from './status.ts';

/** What shall be done about a run. Times are in milliseconds since the epoch. */
export type Decision =
  /** It is over, and its status says so: it goes at that time. */
  | { kind: 'keep'; deleteAt: number }
  /** It is over: this is its last status. */
  | { kind: 'finish'; status: RunStatus }
  /** Nobody has it: it is to be tried. */
  | { kind: 'begin' }
  /** Something has to happen first; from `writeAt` on the status says what, at `lookAt` it is looked at again. */
  | { kind: 'wait'; status: RunStatus; writeAt: number; lookAt: number };

/** Most runs are over before anybody could read that they run, and cost one write then. */
const WRITE_AFTER_MS = 100;

/** Decides from what was gathered, and from nothing else. */
export function decide(gathered: Gathered): Decision {
  const { read, attempt, previous } = gathered;
  if (previous && isFinished(previous)) {
    return { kind: 'keep', deleteAt: endOf(previous, gathered) + gathered.ttlMs };
  }
  if (!read || 'problems' in read) {
    const block = { reason: 'InvalidSpec', message: describeProblems(read?.problems ?? []) };
    return { kind: 'finish', status: refusedStatus(gathered, block) };
  }
  return attempt ? decideAttempt(gathered, attempt) : { kind: 'begin' };
}

function decideAttempt(gathered: Gathered, attempt: Attempt): Decision {
  switch (attempt.state) {
    case 'ended':
      return { kind: 'finish', status: endedStatus(gathered, attempt.outcome) };
    case 'running':
      return waiting(runningStatus(gathered), attempt.since + WRITE_AFTER_MS);
    case 'queued': {
      const why = { reason: 'Queued', message: 'other runs of the operator are before it' };
      return waiting(pendingStatus(gathered, why), attempt.since + WRITE_AFTER_MS);
    }
    default:
      return decideBlocked(gathered, attempt);
  }
}

function decideBlocked(
  gathered: Gathered,
  { block, since, retryAt }: Extract<Attempt, { state: 'blocked' }>,
): Decision {
  const { now } = gathered;
  const giveUpAt = since + block.patienceMs;
  if (block.isFinal || now >= giveUpAt) {
    return { kind: 'finish', status: refusedStatus(gathered, block) };
  }
  if (now >= retryAt) return { kind: 'begin' };
  const lookAt = Math.min(retryAt, giveUpAt);
  const status = block.isUnderWay ? runningStatus(gathered, block) : pendingStatus(gathered, block);
  return { ...waiting(status, now), lookAt };
}

function waiting(status: RunStatus, writeAt: number): Extract<Decision, { kind: 'wait' }> {
  return { kind: 'wait', status, writeAt, lookAt: Infinity };
}

/** When it ended; a status without that is from nobody we know. */
function endOf({ completedAt }: RunStatus, { createdAt }: Gathered): number {
  const ended = Date.parse(completedAt ?? '');
  return Number.isNaN(ended) ? createdAt : ended;
}
