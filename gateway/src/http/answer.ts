import { codeOfExit, ERROR_CATALOGUE } from '@cofferdam/protocol';
import type { RunOutcome } from '../core/intent.ts';
import { guestFailure } from './errors.ts';

export interface RunAnswer {
  status: number;
  /** The body, as JSON text without line breaks. */
  text: string;
}

/**
 * A run's outcome as the body of its answer. The values that came from the guest are JSON text
 * already, checked by the core, and are not parsed and written again: a result may have 4 MiB.
 */
export function runAnswer(outcome: RunOutcome): RunAnswer {
  const { result, runId, traceId, durationMs, queuedMs } = outcome;
  const { exitReason, logs, logsCut, stats, layers, stubs, digest } = result;
  const success = exitReason === 'Completed';
  const head = success
    ? `{"success":true,"result":${result.value ?? 'null'},`
    : `{"success":false,"error":${JSON.stringify(guestFailure(result))},${keptValue(result)}`;
  const exports = result.exports === undefined ? '' : `"exports":${result.exports},`;
  const rest = JSON.stringify({
    logs,
    logsCut,
    stats: { ...stats, durationMs, queuedMs },
    runId,
    traceId,
    exitReason,
    layers,
    stubs,
    digest,
  });
  const status = success ? 200 : ERROR_CATALOGUE[codeOfExit(exitReason)].status;
  return { status, text: head + exports + rest.slice(1) };
}

/** What a run has beside its failure: the results of a check. */
function keptValue({ value }: RunOutcome['result']): string {
  return value === undefined ? '' : `"result":${value},`;
}
