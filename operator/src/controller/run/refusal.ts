import { CofferdamError, type ErrorCode } from '@cofferdam/protocol';
import type { Block } from './gathered.ts';
import { PATIENCE_MS } from './resolve.ts';

/**
 * A run lasts 5 minutes at most and waits as long; whose key is taken for longer than that has ended,
 * and nobody knows how.
 */
const ANSWER_MS = 660_000;

/** Says nothing about the run, although the same request would not be answered otherwise. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['STALE_EPOCH']);

/** What an error of whoever was asked means for the run. */
export function blockOf(error: unknown): Block {
  const known = CofferdamError.from(error);
  // What is meant for others only: an API server's own words may name other tenants' objects.
  const { code, message } = known.toWire();
  if (code === 'DUPLICATE_RUN') {
    const lost = 'a gateway has taken it and does not say yet how it ended';
    return {
      ...{ reason: 'StillRunning', message: lost, isFinal: false },
      ...{ patienceMs: ANSWER_MS, exitReason: 'Unavailable', isUnderWay: true },
    };
  }
  const passes = known.entry.retry || PASSING.has(code);
  return {
    reason: camelCase(code),
    message,
    isFinal: !passes,
    patienceMs: PATIENCE_MS,
    ...(passes ? { exitReason: 'Unavailable' } : {}),
  };
}

function camelCase(code: ErrorCode): string {
  const words = code.toLowerCase().split('_');
  return words.map((word) => `${word[0]!.toUpperCase()}${word.slice(1)}`).join('');
}
