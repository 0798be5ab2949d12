import { primordials } from '../../../../guest/captured.ts';
import { record } from '../../../../guest/interface.ts';
import { own } from '../../../directory/guest/own.ts';
import type { Matcher, Matchers } from '../../../tests/guest/expect/matcher.ts';
import { ask } from '../ask.ts';
import { located } from '../methods.ts';
import { startOf } from '../own-methods.ts';
import { stateOf } from '../remote.ts';
import { isRegExp } from '../url-match.ts';
import { lookAt, lookAtOne, MISSING, type LookName } from './elements.ts';
import { optionsOf } from './page-matchers.ts';
import { isA, locatorText } from './subject.ts';
import { checkedText, checkedTexts, fitsText, fitTexts, normalized, shownText } from './text.ts';
import type { ExpectedText, TextOptions } from './text.ts';
import { until, type Seen } from './until.ts';

const { isArray, isInteger, stringIndexOf, stringSlice, TypeError } = primordials;

/** How a matcher of locators looks, once its arguments are read. */
interface Reading {
  verb: string;
  expected?: string;
  options: unknown;
  look(locator: object, leftMs: number): Promise<Seen>;
}

function ofLocator(read: (args: readonly any[]) => Reading): Matcher {
  return (locator, args, state) => {
    if (!isA('Locator', locator)) return undefined;
    const { verb, expected, options, look } = record(read(args));
    const { timeout } = optionsOf(options);
    const subject = locatorText(locator);
    const lookOnce = (left: number): Promise<Seen> => look(locator, left);
    return until({ state, subject, verb, expected, timeout, look: lookOnce });
  };
}

function seenText(actual: string, expected: ExpectedText, options: TextOptions): Seen {
  return record({ pass: fitsText(actual, expected, options), actual: shownText(actual) });
}

/** Text of one element, or of each of a list. */
function text(verb: string, isPart: boolean): Matcher {
  return ofLocator((args) => {
    const expected = checkedTexts(args[0]);
    const { ignoreCase, useInnerText } = record({ ...(args[1] as Record<string, unknown>) });
    const options = record({ isPart, ignoreCase: !!ignoreCase });
    const name: LookName = useInnerText ? 'innerText' : 'text';
    const look = async (locator: object): Promise<Seen> => {
      if (!isArray(expected)) return await own(oneText(locator, name, expected, options));
      const texts = await lookAt<string>(locator, name);
      return record({ pass: fitTexts(texts, expected, options), actual: shownText(texts) });
    };
    return { verb, expected: shownText(expected), options: args[1], look };
  });
}

async function oneText(
  locator: object,
  name: LookName,
  expected: unknown,
  options: TextOptions,
): Promise<Seen> {
  const found = await own(lookAtOne<string | null>(locator, name));
  if (!found) return MISSING;
  return seenText(found.value ?? '', expected as ExpectedText, options);
}

const RAW: TextOptions = record({ isRaw: true });

/** A string of one element, compared as it is. */
function property(verb: string, name: LookName): Matcher {
  return ofLocator((args) => {
    const expected = checkedText(args[0]);
    const look = (locator: object): Promise<Seen> => oneText(locator, name, expected, RAW);
    return { verb, expected: shownText(expected), options: args[1], look };
  });
}

const toHaveAttribute = ofLocator((args) => {
  const name = args[0] as unknown;
  if (typeof name !== 'string') throw new TypeError('The name of the attribute must be a string');
  const isAny = args[1] === undefined || (typeof args[1] === 'object' && !isRegExp(args[1]));
  const expected = isAny ? undefined : checkedText(args[1]);
  const options = (isAny ? args[1] : args[2]) as unknown;
  const { ignoreCase } = optionsOf(options);
  const asIs = record({ isRaw: true, ignoreCase: !!ignoreCase });
  const look = async (locator: object): Promise<Seen> => {
    const found = await own(lookAtOne<string | null>(locator, 'attribute', name));
    if (!found) return MISSING;
    const { value } = found;
    if (value === null) return record({ pass: false, actual: 'none' });
    if (expected === undefined) return record({ pass: true, actual: shownText(value) });
    return seenText(value, expected, asIs);
  };
  const shown = expected === undefined ? {} : { expected: shownText(expected) };
  return { verb: `to have attribute ${shownText(name)}`, ...shown, options, look };
});

const toHaveClass = ofLocator((args) => {
  const expected = checkedTexts(args[0]);
  const look = async (locator: object): Promise<Seen> => {
    if (!isArray(expected)) {
      return await own(oneText(locator, 'className', expected, record({})));
    }
    const names = await lookAt<string>(locator, 'className');
    return record({ pass: fitTexts(names, expected, record({})), actual: shownText(names) });
  };
  return { verb: 'to have class', expected: shownText(expected), options: args[1], look };
});

/** Names of classes among those that there are, of one element or of each of a list. */
const toContainClass = ofLocator((args) => {
  const expected = checkedTexts(args[0]);
  const look = async (locator: object): Promise<Seen> => {
    if (isArray(expected)) {
      const all = await lookAt<string>(locator, 'className');
      let pass = all.length === expected.length;
      for (let i = 0; i < all.length && pass; i++)
        pass = hasClasses(all[i]!, expected[i] as string);
      return record({ pass, actual: shownText(all) });
    }
    const found = await own(lookAtOne<string>(locator, 'className'));
    if (!found) return MISSING;
    const pass = hasClasses(found.value, expected as string);
    return record({ pass, actual: shownText(found.value) });
  };
  return { verb: 'to contain class', expected: shownText(expected), options: args[1], look };
});

function hasClasses(actual: string, expected: string): boolean {
  if (typeof expected !== 'string') throw new TypeError('The names of classes are a string');
  const there = ` ${normalized(actual)} `;
  const names = `${normalized(expected)} `;
  for (let at = 0, end: number; at < names.length; at = end + 1) {
    end = stringIndexOf(names, ' ', at);
    if (stringIndexOf(there, ` ${stringSlice(names, at, end)} `) === -1) return false;
  }
  return true;
}

const toHaveCSS = ofLocator((args) => {
  const name = args[0] as unknown;
  if (typeof name !== 'string') throw new TypeError('The name of the property must be a string');
  const expected = checkedText(args[1]);
  const look = async (locator: object): Promise<Seen> => {
    const found = await own(lookAtOne<string>(locator, 'css', name));
    return found ? seenText(found.value, expected, RAW) : MISSING;
  };
  return { verb: `to have CSS ${name}`, expected: shownText(expected), options: args[2], look };
});

const toHaveCount = ofLocator((args) => {
  const expected = args[0] as unknown;
  if (!isInteger(expected)) throw new TypeError('The expected count must be a whole number');
  const look = async (locator: object): Promise<Seen> => {
    const count = (await own(ask(stateOf(locator), 'count', []))) as number;
    return record({ pass: count === expected, actual: `${count}` });
  };
  return { verb: 'to have count', expected: `${expected as number}`, options: args[1], look };
});

const toHaveValues = ofLocator((args) => {
  const expected = checkedTexts(args[0]);
  if (!isArray(expected)) throw new TypeError('The expected values must be a list');
  const look = async (locator: object): Promise<Seen> => {
    const found = await own(lookAtOne<string[] | null>(locator, 'values'));
    if (!found) return MISSING;
    if (found.value === null) throw new TypeError('toHaveValues is for a select element');
    const pass = fitTexts(found.value, expected as ExpectedText[], RAW);
    return record({ pass, actual: shownText(found.value) });
  };
  return { verb: 'to have values', expected: shownText(expected), options: args[1], look };
});

/** The browser knows what role an element has: it is looked for among those of the role. */
const toHaveRole = ofLocator((args) => {
  const role = args[0] as unknown;
  if (typeof role !== 'string') throw new TypeError('The role must be a string');
  const look = async (locator: object): Promise<Seen> => {
    const found = await own(lookAtOne(locator, 'id'));
    if (!found) return MISSING;
    const { id } = stateOf(locator);
    const ofRole = located(stateOf(startOf(id)), 'getByRole', [role, { includeHidden: true }]);
    const both = located(stateOf(locator), 'and', [ofRole]);
    const count = (await own(ask(stateOf(both), 'count', []))) as number;
    return record({ pass: count === 1, actual: count === 1 ? shownText(role) : 'another role' });
  };
  return { verb: 'to have role', expected: shownText(role), options: args[1], look };
});

export const LOCATOR_MATCHERS: Matchers = record({
  toContainText: text('to contain text', true),
  toHaveText: text('to have text', false),
  toHaveId: property('to have id', 'id'),
  toHaveValue: property('to have value', 'value'),
  ...{
    toContainClass,
    toHaveAttribute,
    toHaveClass,
    toHaveCount,
    toHaveCSS,
    toHaveRole,
    toHaveValues,
  },
});
