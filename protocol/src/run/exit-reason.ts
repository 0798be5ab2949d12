import type { ErrorCode } from '../error/catalogue.ts';

/**
 * How a run ended: one closed set for results, records, conditions, span attributes and metric
 * labels. Only `Completed` is a success.
 */
export const EXIT_REASONS = [
  'Completed',
  'Exception',
  'TestFailure',
  'CompileError',
  'CpuTime',
  'WallTime',
  'Memory',
  'Output',
  'ResultNotPlain',
  'BridgeCalls',
  'BridgePayload',
  'EngineCrash',
  'Neighbour',
  'Cancelled',
  'Expired',
  'Unavailable',
] as const;

export type ExitReason = (typeof EXIT_REASONS)[number];

const CODES: Record<Exclude<ExitReason, 'Completed'>, ErrorCode> = {
  Exception: 'EXCEPTION',
  TestFailure: 'TEST_FAILURE',
  CompileError: 'COMPILE_ERROR',
  CpuTime: 'CPU_TIME_EXCEEDED',
  WallTime: 'WALL_TIME_EXCEEDED',
  Memory: 'MEMORY_EXCEEDED',
  Output: 'OUTPUT_EXCEEDED',
  ResultNotPlain: 'RESULT_NOT_PLAIN',
  BridgeCalls: 'BRIDGE_CALLS_EXCEEDED',
  BridgePayload: 'BRIDGE_PAYLOAD_EXCEEDED',
  EngineCrash: 'ENGINE_CRASH',
  Neighbour: 'NEIGHBOUR',
  Cancelled: 'CANCELLED',
  Expired: 'EXPIRED',
  Unavailable: 'UNAVAILABLE',
};

/** The catalogue's code of an ending that is not a success. */
export function codeOfExit(reason: Exclude<ExitReason, 'Completed'>): ErrorCode {
  return CODES[reason];
}

/** The ending that has this code, or the nearest thing to it: `Unavailable`. */
export function exitOfCode(code: ErrorCode): ExitReason {
  const known = EXIT_REASONS.find(
    (reason) => reason !== 'Completed' && codeOfExit(reason) === code,
  );
  return known ?? 'Unavailable';
}

/** The endings that say nothing about the script: whoever asked may ask again. */
export const INFRASTRUCTURE_EXITS: ReadonlySet<ExitReason> = new Set([
  'Neighbour',
  'Cancelled',
  'Expired',
  'Unavailable',
]);
