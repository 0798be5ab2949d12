import type { RunResult, RunSummary } from '@cofferdam/protocol';
import type { ScriptOutcome, RunTrigger } from '../gateway-port.ts';

const MAX_SUMMARY = 200;

/** A finished run as status shows it. */
export function summarize(outcome: ScriptOutcome, trigger: RunTrigger): RunSummary {
  return {
    runId: outcome.runId,
    startedAt: new Date(outcome.startedAt).toISOString(),
    durationMs: Math.round(outcome.durationMs),
    exitReason: outcome.result.exitReason,
    trigger,
    summary: oneLine(lineOf(outcome.result)),
  };
}

function lineOf({ exitReason, error, value }: RunResult): string {
  if (error) return error.name === exitReason ? error.message : `${error.name}: ${error.message}`;
  return value ?? '';
}

/** A guest's word on one line: nothing in it may steer a terminal. */
export function oneLine(text: string, length = MAX_SUMMARY): string {
  const plain = text
    .slice(0, length * 4)
    .replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
  return plain.length > length ? `${plain.slice(0, length - 1)}…` : plain;
}
