import {
  CofferdamError,
  EvalOutcomeSchema,
  parser,
  RUNTIME_METHODS,
  type EvalOutcome,
  type EvalRequest,
  type LogLine,
} from '@cofferdam/protocol';
import { checkJson } from '../runs/check-result.ts';
import { SessionConsole } from './session-console.ts';
import type { Having } from './tenant-sessions.ts';

export interface EvalAsk extends Pick<EvalRequest, 'code' | 'filename' | 'tests'> {
  timeMs: number;
  signal: AbortSignal;
  now: () => number;
}

export interface SessionOutcome extends Omit<EvalOutcome, 'portBytes'> {
  logs: LogLine[];
  logsCut: boolean;
}

/** A runner answers an eval that took too long within this, or not at all. */
const GRACE_MS = 10_000;
/** As EvalOutcome's schema. */
const MAX_VALUE_CHARS = 5 * 1024 * 1024;
const readOutcome = parser(EvalOutcomeSchema, 'PROTOCOL_VIOLATION');

/** Has a session's guest evaluate code; aborting it ends the session. */
export async function evaluate({ session, visit, acquired }: Having, ask: EvalAsk) {
  const { timeMs, signal, now, ...source } = ask;
  const console = new SessionConsole(visit.call, now);
  const { channel } = session.lease;
  const payload: EvalRequest = { runtimeId: acquired.runtimeId, ...source, timeMs };
  const options = { deadlineMs: timeMs + GRACE_MS, signal };
  const reply = channel.call(RUNTIME_METHODS.eval, payload, options).reply.then(readOutcome);
  try {
    const broken = console.ended.then(() => reply);
    const { portBytes = 0, ...outcome } = await Promise.race([reply, broken]);
    if (outcome.value !== undefined) checkJson('value', outcome.value, MAX_VALUE_CHARS);
    await console.reached(portBytes);
    return { ...outcome, logs: console.lines, logsCut: console.isCut } satisfies SessionOutcome;
  } catch (error) {
    const { code, message } = CofferdamError.from(error);
    if (code === 'PROTOCOL_VIOLATION') session.lease.drop(`a session: ${message}`);
    throw error;
  }
}
