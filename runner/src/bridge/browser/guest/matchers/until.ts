import { core, primordials } from '../../../../guest/captured.ts';
import { list, record } from '../../../../guest/interface.ts';
import { own } from '../../../directory/guest/own.ts';
import type { MatcherState, Outcome } from '../../../tests/guest/expect/matcher.ts';

const { dateNow, min, Promise, stringIndexOf } = primordials;
const { setTimeout } = core.use<{ setTimeout(run: () => void, ms: number): number }>('timers');

const DEFAULT_MS = 5_000;
/** Milliseconds between one look and the next; the last one again and again. */
const INTERVALS = list<number>();
INTERVALS[0] = 100;
INTERVALS[1] = 250;
INTERVALS[2] = 500;
INTERVALS[3] = 1_000;

/** What was seen at one look. */
export interface Seen {
  pass: boolean;
  /** What there was, as an error tells it. */
  actual: string;
  /** There was nothing to look at: neither so nor otherwise. */
  isMissing?: boolean;
}

export interface Question {
  state: MatcherState;
  /** What is looked at: `locator("#a")`. */
  subject: string;
  /** What it is to do: `to have text`. */
  verb: string;
  /** As texts are compared. */
  expected: string | undefined;
  timeout: unknown;
  /** Looks once; `leftMs` is the time that may go by in it. */
  look(leftMs: number): Promise<Seen>;
}

/** Looks until it is as expected, or time is up. */
export async function until(question: Question): Promise<Outcome> {
  const { state, look } = question;
  const ms = question.timeout === undefined ? DEFAULT_MS : +(question.timeout as number);
  const end = dateNow() + ms;
  for (let turn = 0; ; turn++) {
    // eslint-disable-next-line no-await-in-loop -- one look after the other
    const { seen, error } = await own(seenBy(look, end - dateNow()));
    const isSo = seen && !seen.isMissing && seen.pass !== state.isNot;
    const left = end - dateNow();
    if (isSo || left <= 0) return outcome(question, seen, { error, ms });
    const interval = INTERVALS[min(turn, INTERVALS.length - 1)]!;
    // eslint-disable-next-line no-await-in-loop
    await own(pause(min(interval, left)));
  }
}

interface Sight {
  seen?: Seen;
  error?: unknown;
}

/** A page that is just leaving cannot be looked at: what is wrong with the question itself is thrown. */
async function seenBy(look: Question['look'], left: number): Promise<Sight> {
  try {
    // 0 would be for ever.
    return record({ seen: await own(look(left > 1 ? left : 1)) });
  } catch (error) {
    const { name, message } = error as Error;
    const isFinal = name === 'BrowserClosedError' || name === 'HandleGoneError';
    if (isFinal || name === 'TypeError' || isStrict(message)) throw error;
    return record({ error });
  }
}

function isStrict(message: unknown): boolean {
  return typeof message === 'string' && stringIndexOf(message, 'strict mode violation') !== -1;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(() => resolve(), ms));
}

function outcome(
  { state, subject, verb, expected }: Question,
  seen: Seen | undefined,
  { error, ms }: { error: unknown; ms: number },
): Outcome {
  // What is neither so nor otherwise fails with and without `not`.
  const pass = seen && !seen.isMissing ? seen.pass : state.isNot;
  const message = (): string => {
    const what = expected === undefined ? verb : `${verb} ${expected}`;
    const found = seen ? seen.actual : ((error as Error | undefined)?.message ?? 'nothing');
    return `expected ${subject} ${state.isNot ? 'not ' : ''}${what} within ${ms} ms; last: ${found}`;
  };
  if (expected === undefined || !seen) return record({ pass, message });
  const texts = record({ expected, actual: seen.actual });
  return record({ pass, message, shown: () => texts });
}
