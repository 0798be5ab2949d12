import { primordials } from '../../../../../guest/captured.ts';
import { record } from '../../../../../guest/interface.ts';
import { isThenable } from '../assertion.ts';
import { equals, isAsymmetric } from '../equals.ts';
import { isObject, isRegExp } from '../kinds.ts';
import { found, type Matcher, type Matchers, type MatcherState, misuse } from '../matcher.ts';
import { firstMatch } from '../regexp-match.ts';
import { brief } from '../texts.ts';

const { stringIndexOf, stringSlice } = primordials;

/** What was thrown; a promise's rejection is what its matcher receives. */
export interface Thrown {
  error: unknown;
}

/** `undefined` where nothing was thrown. */
export function thrownBy(received: unknown, state: MatcherState): Thrown | undefined {
  if (state.promise === 'rejects') return record({ error: received });
  if (typeof received !== 'function') {
    if (state.promise === 'resolves') return undefined;
    throw misuse(state, `needs a function, and got ${brief(received)}`);
  }
  let answer: unknown;
  try {
    answer = (received as () => unknown)();
  } catch (error) {
    return record({ error });
  }
  if (!isThenable(answer)) return undefined;
  // What it rejects with later is not for the realm to report: the author is told of it here.
  answer.then(undefined, () => undefined);
  const text = 'the function answers a promise: use expect(fn()).rejects or .resolves';
  throw misuse(state, text);
}

const toThrow: Matcher = (received: unknown, args, state) => {
  const thrown = thrownBy(received, state);
  const expected = args[0];
  const wanted = wantedOf(expected);
  const pass = thrown !== undefined && wanted.fits(thrown.error);
  const message = () => {
    const verb = state.isNot ? 'not to throw' : 'to throw';
    const what = state.promise === '' ? brief(received) : 'the promise';
    const ending = thrown ? `, and it threw ${brief(thrown.error)}` : ', and it threw nothing';
    return `expected ${what} ${verb} ${wanted.text}${ending}`;
  };
  if (!thrown || !isObject(expected)) return record({ pass, message });
  const compared = found({
    state,
    pass,
    verb: '',
    received: thrown.error,
    expected: { value: expected },
  });
  return record({ pass, message, shown: compared.shown! });
};

interface Wanted {
  text: string;
  fits(error: unknown): boolean;
}

function wantedOf(expected: unknown): Wanted {
  if (expected === undefined) return record({ text: 'anything', fits: () => true });
  if (typeof expected === 'string') {
    const fits = (error: unknown) => {
      const message = messageOf(error);
      return message !== undefined && stringIndexOf(message, expected) !== -1;
    };
    return record({ text: `an error whose message has ${brief(expected)}`, fits });
  }
  if (typeof expected === 'function') {
    const text = `an instance of ${stringSlice(expected.name || 'an unnamed class', 0, 128)}`;
    return record({ text, fits: (error: unknown) => error instanceof expected });
  }
  if (isObject(expected) && !isAsymmetric(expected) && isRegExp(expected)) {
    const fits = (error: unknown) => {
      const message = messageOf(error);
      return message !== undefined && firstMatch(expected, message);
    };
    return record({ text: `an error whose message matches ${brief(expected)}`, fits });
  }
  return record({ text: brief(expected), fits: (error: unknown) => equals(error, expected) });
}

function messageOf(error: unknown): string | undefined {
  if (typeof error === 'string') return error;
  const message: unknown = (error as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? message : undefined;
}

export const throwMatchers: Matchers = record({ toThrow, toThrowError: toThrow });
