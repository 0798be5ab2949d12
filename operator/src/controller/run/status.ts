import {
  MAX_STATUS_ERROR_BYTES,
  MAX_STATUS_OUTPUT_BYTES,
  MAX_STATUS_RESULT_BYTES,
  type Condition,
  type ControlOutcome,
  type GuestError,
  type RunStatus,
} from '@cofferdam/protocol';
import { oneLine } from '../../status/summary.ts';
import type { Block, Gathered } from './gathered.ts';
import { consoleTail, cutBack, harmlessJson } from './guest-text.ts';

const MAX_MESSAGE = 1_000;
const MAX_NAME = 256;
const MAX_LAYERS = 16;

type Why = Pick<Condition, 'reason' | 'message'>;
const RUNNING: Why = { reason: 'Running', message: 'a gateway has taken it' };

/** Whether it is over: then nothing of it ever changes. */
export function isFinished(status: RunStatus | undefined): boolean {
  if (!Array.isArray(status?.conditions)) return false;
  // Others may add conditions of their own.
  return status.conditions.some(
    ({ type, status: is }) => is === 'True' && (type === 'Complete' || type === 'Failed'),
  );
}

/** The status of a run that waits. */
export function pendingStatus(gathered: Gathered, why: Why): RunStatus {
  return { ...base(gathered, why, 'none'), phase: 'Pending' };
}

export function runningStatus(gathered: Gathered, why: Why = RUNNING): RunStatus {
  return { ...base(gathered, why, 'none'), phase: 'Running' };
}

/** The last status of a run that no runner has had. */
export function refusedStatus(
  gathered: Gathered,
  { reason, message, exitReason }: Pick<Block, 'reason' | 'message' | 'exitReason'>,
): RunStatus {
  return {
    ...base(gathered, { reason, message }, 'Failed'),
    phase: 'Failed',
    ...(exitReason === undefined ? {} : { exitReason }),
    error: readError({ name: reason, message }),
    completedAt: timeOf(gathered.now),
  };
}

/** The last status of a run that ended, well or not. */
export function endedStatus(gathered: Gathered, outcome: ControlOutcome): RunStatus {
  const { runId, traceId, startedAt, durationMs, queuedMs, result } = outcome;
  const { exitReason, error, layers } = result;
  const succeeded = exitReason === 'Completed';
  return {
    ...base(gathered, whyOf(outcome), succeeded ? 'Complete' : 'Failed'),
    phase: succeeded ? 'Succeeded' : 'Failed',
    ...{ runId, traceId, exitReason },
    ...resultOf(outcome),
    ...outputOf(outcome),
    ...(error ? { error: readError(error) } : {}),
    startedAt: timeOf(startedAt + queuedMs),
    completedAt: timeOf(startedAt + durationMs),
    durationMs: Math.round(durationMs),
    queuedMs: Math.round(queuedMs),
    layers: layers.slice(0, MAX_LAYERS),
  };
}

function whyOf({ result }: ControlOutcome): Why {
  const { exitReason, error } = result;
  if (exitReason === 'Completed') return { reason: exitReason, message: 'the script completed' };
  if (!error) return { reason: exitReason, message: 'the script did not complete' };
  const { name, message } = error;
  return { reason: exitReason, message: name === exitReason ? message : `${name}: ${message}` };
}

function resultOf({ result: { value } }: ControlOutcome): Partial<RunStatus> {
  if (value === undefined) return {};
  // Before anything is made of it: it may be megabytes.
  if (value.length > MAX_STATUS_RESULT_BYTES) return { resultTruncated: true };
  const result = harmlessJson(value);
  const fits = Buffer.byteLength(result) <= MAX_STATUS_RESULT_BYTES;
  return fits ? { result } : { resultTruncated: true };
}

function outputOf({ result: { logs } }: ControlOutcome): Partial<RunStatus> {
  const output = consoleTail(logs, MAX_STATUS_OUTPUT_BYTES);
  return output === '' ? {} : { output };
}

function readError({ name, message }: Pick<GuestError, 'name' | 'message'>) {
  return {
    name: oneLine(name, MAX_NAME),
    message: cutBack(oneLine(message, MAX_STATUS_ERROR_BYTES), MAX_STATUS_ERROR_BYTES),
  };
}

function base(
  gathered: Gathered,
  why: Why,
  truth: 'Complete' | 'Failed' | 'none',
): Pick<RunStatus, 'observedGeneration' | 'conditions'> {
  const { generation, previous, now } = gathered;
  const reason = why.reason;
  const message = oneLine(why.message, MAX_MESSAGE);
  const conditions = (['Complete', 'Failed'] as const).map((type): Condition => {
    const status = type === truth ? 'True' : 'False';
    const before = previous?.conditions.find((known) => known.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timeOf(now);
    return { type, status, reason, message, lastTransitionTime, observedGeneration: generation };
  });
  return { observedGeneration: generation, conditions };
}

const timeOf = (ms: number) => new Date(ms).toISOString();
