import { primordials } from '../../../../../guest/captured.ts';
import { record } from '../../../../../guest/interface.ts';
import { equals } from '../equals.ts';
import { itemsOf } from '../iterable-equality.ts';
import { isMap, isObject, isRegExp, isSet } from '../kinds.ts';
import { found, type Matcher, type Matchers, type MatcherState, misuse } from '../matcher.ts';
import { propertyAt } from '../property-path.ts';
import { firstMatch } from '../regexp-match.ts';
import { brief } from '../texts.ts';

const { mapSize, setSize, stringIndexOf } = primordials;

const toContain: Matcher = (received: unknown, args, state) => {
  const expected = args[0];
  const verb = 'to contain';
  if (typeof received === 'string') {
    if (typeof expected !== 'string') {
      throw misuse(state, `a string can contain strings only, not ${brief(expected)}`);
    }
    const pass = stringIndexOf(received, expected) !== -1;
    return found({ state, pass, received, verb, expected: { value: expected } });
  }
  const pass = hasItem(received, state, (item) => item === expected);
  return found({ state, pass, received, verb, object: brief(expected) });
};

const toContainEqual: Matcher = (received: unknown, args, state) => {
  const pass = hasItem(received, state, (item) => equals(item, args[0]));
  return found({ state, pass, received, verb: 'to contain', object: brief(args[0]) });
};

function hasItem(
  received: unknown,
  state: MatcherState,
  isOne: (item: unknown) => boolean,
): boolean {
  const items = itemsOf(received);
  if (!items) throw misuse(state, `needs an array or another iterable, and got ${brief(received)}`);
  for (let i = 0; i < items.length; i++) if (isOne(items[i])) return true;
  return false;
}

const toHaveLength: Matcher = (received: unknown, args, state) => {
  const expected = args[0];
  if (typeof expected !== 'number') throw misuse(state, `needs a number, not ${brief(expected)}`);
  const length = lengthOf(received);
  if (typeof length !== 'number') throw misuse(state, `${brief(received)} has no length`);
  const object = state.isNot ? `${expected}` : `${expected}, but it has ${length}`;
  return found({ state, pass: length === expected, received, verb: 'to have length', object });
};

function lengthOf(value: unknown): unknown {
  if (isObject(value) && isMap(value)) return mapSize(value);
  if (isObject(value) && isSet(value)) return setSize(value);
  return (value as { length?: unknown } | null | undefined)?.length;
}

const toHaveProperty: Matcher = (received: unknown, args, state) => {
  const path = args[0];
  if (received === null || received === undefined) {
    throw misuse(state, `needs an object, and got ${brief(received)}`);
  }
  const property = propertyAt(received, path, state);
  const verb = `to have property ${brief(path)}`;
  if (args.length < 2) return found({ state, pass: property !== undefined, received, verb });
  const expected = args[1];
  const pass = property !== undefined && equals(property.value, expected);
  const outcome = found({ state, pass, received, verb, object: `with value ${brief(expected)}` });
  if (!property) return outcome;
  const compared = found({
    ...{ state, pass, verb, received: property.value },
    expected: { value: expected },
  });
  return record({ ...outcome, shown: compared.shown! });
};

const toMatch: Matcher = (received: unknown, args, state) => {
  const expected = args[0];
  if (typeof received !== 'string')
    throw misuse(state, `needs a string, and got ${brief(received)}`);
  let pass: boolean;
  if (typeof expected === 'string') pass = stringIndexOf(received, expected) !== -1;
  else if (isObject(expected) && isRegExp(expected)) pass = firstMatch(expected, received);
  else throw misuse(state, `needs a string or a RegExp to match, not ${brief(expected)}`);
  return found({ state, pass, received, verb: 'to match', expected: { value: expected } });
};

export const contentMatchers: Matchers = record({
  toContain,
  toContainEqual,
  toHaveLength,
  toHaveProperty,
  toMatch,
});
