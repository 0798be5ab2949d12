import { primordials } from '../../../../guest/captured.ts';
import { record } from '../../../../guest/interface.ts';
import { AssertionError, type AssertionDetails } from './assertion-error.ts';
import { lineDiff } from './diff.ts';
import { brief, whole } from './texts.ts';

const { stringIndexOf } = primordials;

/** How a matcher was asked. */
export interface MatcherState {
  readonly name: string;
  readonly isNot: boolean;
  readonly promise: '' | 'resolves' | 'rejects';
}

/** What a matcher found, whether or not the author wrote `not`. */
export interface Outcome {
  pass: boolean;
  /** Asked only when the assertion fails, and then says what the author would want to read. */
  message(): string;
  /** What was compared, as texts. */
  shown?(): { expected?: string; actual?: string };
}

/** Answers `undefined` for a value that it is not for; another matcher of the name is asked then. */
export type Matcher = (
  received: any,
  args: readonly unknown[],
  state: MatcherState,
) => Outcome | PromiseLike<Outcome> | undefined;

export type Matchers = Record<string, Matcher>;

export interface Found {
  state: MatcherState;
  pass: boolean;
  received: unknown;
  /** What the value is expected to do: `to be`. */
  verb: string;
  /** What stands behind the verb. */
  object?: string;
  /** A value to compare the received one with; in the message where there is no `object`. */
  expected?: { value: unknown };
}

/** An outcome whose message is a sentence: expected … (not) to ….  */
export function found(fields: Found): Outcome {
  const { state, pass, received, verb, object, expected } = record(fields);
  const behind = object ?? (expected && brief(expected.value));
  const message = () => {
    const ending = behind === undefined ? '' : ` ${behind}`;
    return `expected ${brief(received)} ${state.isNot ? 'not ' : ''}${verb}${ending}`;
  };
  if (!expected) return record({ pass, message });
  return record({ pass, message, shown: () => shownTexts(expected.value, received) });
}

/** Two strings are compared as they are, all else as it is printed. */
function shownTexts(expected: unknown, actual: unknown): { expected: string; actual: string } {
  const areTexts = typeof expected === 'string' && typeof actual === 'string';
  return areTexts
    ? record({ expected, actual })
    : record({ expected: whole(expected), actual: whole(actual) });
}

export interface Failure {
  state: MatcherState;
  outcome: Outcome;
  /** The author's own words. */
  note: string | undefined;
  entry: Function;
  frames: string | undefined;
}

/** The error of an assertion that did not hold. */
export function failure({ state, outcome, note, entry, frames }: Failure): AssertionError {
  const message = outcome.message();
  const texts = record({ ...outcome.shown?.() });
  const title = note === undefined ? message : `${note}: ${message}`;
  return new AssertionError(title + difference(state, texts), {
    matcherName: state.name,
    ...texts,
    entry,
    frames,
  });
}

/** Nothing for what is told on one line already. */
function difference({ isNot }: MatcherState, texts: Partial<AssertionDetails>): string {
  const { expected, actual } = texts;
  if (isNot || expected === undefined || actual === undefined || expected === actual) return '';
  const isLong = stringIndexOf(expected, '\n') !== -1 || stringIndexOf(actual, '\n') !== -1;
  return isLong ? `\n\n${lineDiff(expected, actual)}` : '';
}

/** The author used a matcher wrongly: it fails with and without `not`. */
export function misuse({ name }: MatcherState, message: string): AssertionError {
  return new AssertionError(`${name}: ${message}`, record({ matcherName: name }));
}
