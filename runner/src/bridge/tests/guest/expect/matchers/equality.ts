import { primordials } from '../../../../../guest/captured.ts';
import { record } from '../../../../../guest/interface.ts';
import { equals } from '../equals.ts';
import { itemsOf } from '../iterable-equality.ts';
import { isSet } from '../kinds.ts';
import { found, type Matcher, type Matchers, misuse } from '../matcher.ts';
import { LOOSE, type Mode, STRICT, SUBSET } from '../mode.ts';
import { brief } from '../texts.ts';

const { isArray, sameValue } = primordials;

function equality(verb: string, mode: Mode): Matcher {
  return (received, args, state) => {
    const expected = args[0];
    const pass = equals(received, expected, mode);
    return found({ state, pass, received, verb, expected: { value: expected } });
  };
}

const toBe: Matcher = (received, args, state) => {
  const expected = args[0];
  const pass = sameValue(received, expected);
  const outcome = found({ state, pass, received, verb: 'to be', expected: { value: expected } });
  return record({ ...outcome, message: () => `${outcome.message()}${hint(received, expected)}` });
};

/** For those who meant equality: two values that look the same. */
function hint(received: unknown, expected: unknown): string {
  if (sameValue(received, expected)) return '';
  if (typeof received !== 'object' || typeof expected !== 'object') return '';
  const name = equals(received, expected, STRICT)
    ? 'toStrictEqual'
    : equals(received, expected)
      ? 'toEqual'
      : undefined;
  return name === undefined
    ? ''
    : ` (they are not the same object; ${name} compares what they hold)`;
}

const toBeOneOf: Matcher = (received, args, state) => {
  const expected = args[0];
  const isList =
    isArray(expected) || (typeof expected === 'object' && !!expected && isSet(expected));
  if (!isList) throw misuse(state, `needs an array or a Set, and got ${brief(expected)}`);
  const items = itemsOf(expected)!;
  let pass = items.length === 0;
  for (let i = 0; i < items.length && !pass; i++) pass = equals(items[i], received);
  return found({ state, pass, received, verb: 'to be one of', object: brief(expected) });
};

export const equalityMatchers: Matchers = record({
  toBe,
  toBeOneOf,
  toEqual: equality('to equal', LOOSE),
  toStrictEqual: equality('to strictly equal', STRICT),
  toMatchObject: equality('to match', SUBSET),
});
