import { primordials } from '../../../../guest/captured.ts';
import { record } from '../../../../guest/interface.ts';

const { captureStackTrace, defineProperty, Error } = primordials;
const { stringIndexOf, stringSlice, toWellFormed } = primordials;

/** UTF-16 units of a message; those of an expected or actual value. Results carry them for every failed test. */
const MAX_MESSAGE = 8192;
const MAX_SHOWN = 2048;
const MAX_NAME = 128;

/** What an assertion error says beside its message. */
export interface AssertionDetails {
  matcherName: string;
  /** Texts for people, absent where there is nothing to compare. */
  expected?: string;
  actual?: string;
  cause?: unknown;
  /** The function that the author called, where it is still being called: the stack begins with its caller. */
  entry?: Function | undefined;
  /** Where that was, when it has returned since: see {@link framesOf}. */
  frames?: string | undefined;
}

/** An assertion that did not hold. */
export class AssertionError extends Error {
  declare readonly matcherName: string;
  declare readonly expected: string | undefined;
  declare readonly actual: string | undefined;

  constructor(message: string, given: AssertionDetails) {
    super(cut(message, MAX_MESSAGE));
    const details = record(given);
    show(this, 'matcherName', cut(details.matcherName, MAX_NAME));
    show(this, 'expected', shortened(details.expected));
    show(this, 'actual', shortened(details.actual));
    if (details.cause !== undefined) show(this, 'cause', details.cause);
    const { entry, frames } = details;
    if (frames !== undefined) show(this, 'stack', `AssertionError: ${this.message}${frames}`);
    else if (entry) captureStackTrace(this, entry);
  }
}
defineProperty(
  AssertionError.prototype,
  'name',
  record({ value: 'AssertionError', writable: true, configurable: true }),
);

/** Where a function was called that is being called now. */
export function framesOf(entry: Function): string {
  const here = new Error('');
  captureStackTrace(here, entry);
  const { stack } = here as { stack?: unknown };
  const start = typeof stack === 'string' ? stringIndexOf(stack, '\n') : -1;
  return start === -1 ? '' : stringSlice(stack as string, start);
}

/** Not enumerable: a console that shows the error shows its message, which says as much. */
function show(error: object, key: string, value: unknown): void {
  defineProperty(error, key, record({ value, writable: true, configurable: true }));
}

function shortened(text: string | undefined): string | undefined {
  return text === undefined ? undefined : cut(text, MAX_SHOWN);
}

/** A text of at most so many UTF-16 units, without half a character at its end. */
function cut(text: string, units: number): string {
  const short = text.length <= units ? text : `${stringSlice(text, 0, units - 1)}…`;
  return toWellFormed(short);
}
