import { primordials } from '../../../../guest/captured.ts';
import { list, record } from '../../../../guest/interface.ts';
import { isThenable } from './assertion.ts';
import { asymmetricOf, type AsymmetricMatcher } from './asymmetric.ts';
import { lineDiff } from './diff.ts';
import { equals, equalsWith, type EqualityTester } from './equals.ts';
import type { Matcher, MatcherState, Outcome } from './matcher.ts';
import { LOOSE, type Mode, STRICT, SUBSET } from './mode.ts';
import { brief, whole } from './texts.ts';

const { apply, isArray, String, TypeError } = primordials;

/** What an author's matcher answers. */
interface CustomOutcome {
  pass: boolean;
  message?: unknown;
  expected?: unknown;
  actual?: unknown;
}
export type CustomMatcher = (this: object, received: unknown, ...args: unknown[]) => unknown;

/** An author's matcher as one of ours. */
export function customMatcher(name: string, matcher: CustomMatcher): Matcher {
  return (received, args, state) => {
    const answer = called(matcher, context(state), received, args);
    return isThenable(answer) ? later(name, answer) : outcomeOf(name, answer);
  };
}

async function later(name: string, answer: PromiseLike<unknown>): Promise<Outcome> {
  return outcomeOf(name, await answer);
}

/** The same matcher in the place of an expected value. */
export function customAsymmetric(
  name: string,
  matcher: CustomMatcher,
  inverse: boolean,
): (...sample: unknown[]) => AsymmetricMatcher {
  const state = record<MatcherState>({ name, isNot: inverse, promise: '' });
  return (...sample) => {
    const matches = (other: unknown): boolean => {
      const answer = called(matcher, context(state), other, sample);
      if (isThenable(answer))
        throw new TypeError(`${name} is asynchronous: no value can be like it`);
      return outcomeOf(name, answer).pass;
    };
    return asymmetricOf(name, inverse, { sample, matches, text: textOf(sample) });
  };
}

function textOf(sample: readonly unknown[]): string {
  let text = '';
  for (let i = 0; i < sample.length; i++) text += `${i === 0 ? '' : ', '}${brief(sample[i])}`;
  return text;
}

function called(
  matcher: CustomMatcher,
  self: object,
  received: unknown,
  args: readonly unknown[],
): unknown {
  const all = list<unknown>();
  all[0] = received;
  for (let i = 0; i < args.length; i++) all[i + 1] = args[i];
  return apply(matcher, self, all);
}

function outcomeOf(name: string, answer: unknown): Outcome {
  if (typeof answer !== 'object' || answer === null || !('pass' in answer)) {
    throw new TypeError(`the matcher ${name} has to answer { pass, message }`);
  }
  const outcome = answer as CustomOutcome;
  return record({
    pass: !!outcome.pass,
    message: () => messageOf(name, outcome),
    shown: () => record({ ...shownAs('expected', outcome), ...shownAs('actual', outcome) }),
  });
}

function messageOf(name: string, outcome: CustomOutcome): string {
  const { message } = outcome;
  if (typeof message === 'function') return String(apply(message, outcome, []));
  return typeof message === 'string' ? message : `${name} did not hold`;
}

function shownAs(key: 'expected' | 'actual', outcome: CustomOutcome): Record<string, string> {
  return key in outcome ? { [key]: whole(outcome[key]) } : {};
}

/** Stands in a list of testers for the comparison that it names; every comparison of ours goes into iterables. */
const iterableEquality = (): undefined => undefined;
const subsetEquality = (object?: unknown, subset?: unknown): boolean =>
  equals(object, subset, SUBSET);

const plain = (text: unknown): string => String(text);
const UTILS = {
  stringify: whole,
  printReceived: brief,
  printExpected: brief,
  diff: (expected: unknown, received: unknown) => lineDiff(whole(expected), whole(received)),
  matcherHint: (name: unknown, received: unknown = 'received', expected: unknown = 'expected') =>
    `expect(${String(received)}).${String(name)}(${String(expected)})`,
  iterableEquality,
  subsetEquality,
  RECEIVED_COLOR: plain,
  EXPECTED_COLOR: plain,
  INVERTED_COLOR: plain,
  BOLD_WEIGHT: plain,
  DIM_COLOR: plain,
};

/** What an author's matcher has as `this`. */
function context({ isNot, promise, name }: MatcherState): object {
  const equalsFor = (a: unknown, b: unknown, testers?: unknown, strict?: unknown): boolean => {
    const given = isArray(testers) ? (testers as unknown[]) : [];
    const extra = list<EqualityTester>();
    let mode: Mode = strict === true ? STRICT : LOOSE;
    for (let i = 0; i < given.length; i++) {
      const tester = given[i];
      if (tester === subsetEquality) mode = SUBSET;
      else if (typeof tester === 'function') extra[extra.length] = tester as EqualityTester;
    }
    return equalsWith(extra, a, b, mode);
  };
  return {
    isNot,
    promise,
    assertionName: name,
    equals: equalsFor,
    customTesters: [],
    utils: UTILS,
  };
}
