import { core, primordials } from '../../../../guest/captured.ts';
import { record } from '../../../../guest/interface.ts';
import { AssertionError } from './assertion-error.ts';
import type { MatcherCall } from './assertion.ts';
import type { TestState } from './test-state.ts';

const { apply, dateNow, min, Promise } = primordials;

interface Timers {
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface Polling {
  call: MatcherCall;
  tests: TestState;
  check(call: MatcherCall, received: unknown): Promise<void> | undefined;
}

/** Asks again until the assertion holds. It goes on for no longer than its test does. */
export async function poll({ call, tests, check }: Polling): Promise<void> {
  const { asked } = call;
  const { timeout, interval } = asked.poll!;
  const ask = core.carry(asked.received as () => unknown);
  const { testNumber } = tests;
  const until = dateNow() + timeout;
  const attempt = async (): Promise<void> => check(call, await apply(ask, undefined, []));
  for (;;) {
    const failed = await outcomeOf(attempt, until - dateNow());
    if (!failed) return;
    const left = until - dateNow();
    if (left <= 0 || tests.testNumber !== testNumber) throw timedOut(call, timeout, failed.error);
    await pause(min(interval, left));
  }
}

/** How an attempt failed; one that does not end in time has failed too. */
function outcomeOf(
  attempt: () => Promise<void>,
  ms: number,
): Promise<{ error: unknown } | undefined> {
  const { setTimeout, clearTimeout } = core.use<Timers>('timers');
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(record({ error: undefined })), ms);
    const settle = async (): Promise<void> => {
      try {
        await attempt();
        resolve(undefined);
      } catch (error) {
        resolve(record({ error }));
      } finally {
        clearTimeout(timer);
      }
    };
    void settle();
  });
}

function pause(ms: number): Promise<void> {
  const { setTimeout } = core.use<Timers>('timers');
  return new Promise((resolve) => void setTimeout(() => resolve(), ms));
}

function timedOut({ name, frames }: MatcherCall, timeout: number, error: unknown): Error {
  const { message, expected, actual } = (error ?? {}) as Partial<AssertionError>;
  const text = message === undefined ? 'the callback did not answer' : message;
  return new AssertionError(`${text}\n\nexpect.poll() asked for ${timeout} ms`, {
    matcherName: name,
    frames,
    cause: error,
    ...(typeof expected === 'string' && { expected }),
    ...(typeof actual === 'string' && { actual }),
  });
}
