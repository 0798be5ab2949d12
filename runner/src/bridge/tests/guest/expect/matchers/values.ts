import { primordials } from '../../../../../guest/captured.ts';
import { record } from '../../../../../guest/interface.ts';
import { isThenable } from '../assertion.ts';
import { areClose } from '../asymmetric.ts';
import { found, type Matcher, type Matchers, type MatcherState, misuse } from '../matcher.ts';
import { brief } from '../texts.ts';

const { sameValue, stringSlice } = primordials;

/** A matcher without an argument. */
function being(verb: string, holds: (received: unknown) => boolean): Matcher {
  return (received, _args, state) => found({ state, pass: holds(received), received, verb });
}

type Ordered = number | bigint;

function order(verb: string, holds: (received: Ordered, expected: Ordered) => boolean): Matcher {
  return (received: unknown, args, state) => {
    const expected = ordered(args[0], 'expected', state);
    const pass = holds(ordered(received, 'received', state), expected);
    return found({ state, pass, received, verb, expected: { value: expected } });
  };
}

function ordered(value: unknown, which: string, state: MatcherState): Ordered {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  throw misuse(state, `the ${which} value has to be a number or bigint, and is ${brief(value)}`);
}

const toBeCloseTo: Matcher = (received: unknown, args, state) => {
  const expected = args[0];
  const digits = args.length > 1 ? args[1] : 2;
  if (typeof received !== 'number' || typeof expected !== 'number' || typeof digits !== 'number') {
    throw misuse(state, `needs numbers, and got ${brief(received)} and ${brief(expected)}`);
  }
  const pass = areClose(received, expected, digits);
  const difference = received > expected ? received - expected : expected - received;
  const object = `${brief(expected)}: they differ by ${difference}, of less than ${10 ** -digits / 2}`;
  return found({ state, pass, received, verb: 'to be close to', object });
};

const toBeInstanceOf: Matcher = (received, args, state) => {
  const expected = args[0];
  if (typeof expected !== 'function') throw misuse(state, `needs a class, not ${brief(expected)}`);
  const object = expected.name === '' ? 'an unnamed class' : stringSlice(expected.name, 0, 128);
  const pass = received instanceof expected;
  return found({ state, pass, received, verb: 'to be an instance of', object });
};

const toBeTypeOf: Matcher = (received, args, state) =>
  found({
    ...{ state, received, pass: typeof received === args[0] },
    ...{ verb: 'to be of type', object: brief(args[0]) },
  });

const toSatisfy: Matcher = (received, args, state) => {
  const predicate = args[0];
  const note = args.length > 1 ? args[1] : undefined;
  if (typeof predicate !== 'function') throw misuse(state, 'needs a function');
  const object = typeof note === 'string' ? note : brief(predicate);
  const finding = (answer: unknown) =>
    found({ state, pass: !!answer, received, verb: 'to satisfy', object });
  const answer: unknown = predicate(received);
  return isThenable(answer) ? later(answer, finding) : finding(answer);
};

async function later<T>(answer: PromiseLike<unknown>, then: (value: unknown) => T): Promise<T> {
  return then(await answer);
}

export const valueMatchers: Matchers = record({
  toBeTruthy: being('to be truthy', (value) => !!value),
  toBeFalsy: being('to be falsy', (value) => !value),
  toBeNull: being('to be null', (value) => value === null),
  toBeUndefined: being('to be undefined', (value) => value === undefined),
  toBeDefined: being('to be defined', (value) => value !== undefined),
  toBeNullable: being('to be null or undefined', (value) => value === null || value === undefined),
  toBeNaN: being('to be NaN', (value) => sameValue(value, NaN)),
  toBeGreaterThan: order('to be greater than', (a, b) => a > b),
  toBeGreaterThanOrEqual: order('to be greater than or equal to', (a, b) => a >= b),
  toBeLessThan: order('to be less than', (a, b) => a < b),
  toBeLessThanOrEqual: order('to be less than or equal to', (a, b) => a <= b),
  toBeCloseTo,
  toBeInstanceOf,
  toBeTypeOf,
  toSatisfy,
});
