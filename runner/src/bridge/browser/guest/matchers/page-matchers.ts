import { primordials } from '../../../../guest/captured.ts';
import { record } from '../../../../guest/interface.ts';
import { own } from '../../../directory/guest/own.ts';
import type { Matcher, Matchers } from '../../../tests/guest/expect/matcher.ts';
import { ask } from '../ask.ts';
import { stateOf } from '../remote.ts';
import { baseOf, isRegExp, matches, resolved, type Pattern } from '../url-match.ts';
import { isA } from './subject.ts';
import { checkedText, fitsText, shownText } from './text.ts';
import { until, type Seen } from './until.ts';

const { stringIndexOf, toLowerCase, TypeError } = primordials;

interface Options {
  timeout?: unknown;
  ignoreCase?: unknown;
}

const toHaveTitle: Matcher = (page, args, state) => {
  if (!isA('Page', page)) return undefined;
  const wanted = checkedText(args[0]);
  const { timeout } = optionsOf(args[1]);
  return until({
    ...{ state, timeout, subject: 'the page', verb: 'to have title' },
    expected: shownText(wanted),
    look: async () => {
      const title = (await own(ask(stateOf(page), 'title', []))) as string;
      return record({ pass: fitsText(title, wanted, record({})), actual: shownText(title) });
    },
  });
};

const toHaveURL: Matcher = (page, args, state) => {
  if (!isA('Page', page)) return undefined;
  const wanted = args[0] as Pattern;
  const { timeout, ignoreCase } = optionsOf(args[1]);
  const fits = addressTest(wanted, baseOf(page), !!ignoreCase);
  return until({
    ...{ state, timeout, subject: 'the page', verb: 'to have URL' },
    expected: typeof wanted === 'function' ? 'that the function takes' : shownText(wanted),
    look: async (): Promise<Seen> => {
      const frame = (await own(ask(stateOf(page), 'mainFrame', []))) as object;
      const url = stateOf(frame).fields.url as string;
      return record({ pass: fits(url), actual: shownText(url) });
    },
  });
};

/** A string is the whole address, or a glob where it has a star. */
function addressTest(
  wanted: Pattern,
  base: string | undefined,
  ignoreCase: boolean,
): (url: string) => boolean {
  if (typeof wanted === 'function') return (url) => matches(wanted, url, base);
  if (isRegExp(wanted)) return (url) => fitsText(url, wanted, record({ ignoreCase }));
  if (typeof wanted !== 'string') {
    throw new TypeError('The expected URL must be a string, a RegExp or a function');
  }
  const whole = resolved(wanted, base);
  const cased = (text: string): string => (ignoreCase ? toLowerCase(text) : text);
  const isGlob = stringIndexOf(wanted, '*') !== -1;
  return (url) => cased(url) === cased(whole) || (isGlob && matches(wanted, url, base));
}

const toBeOK: Matcher = (response, _args, state) => {
  if (!isA('Response', response)) return undefined;
  const { ok, status, url } = stateOf(response).fields;
  const message = (): string =>
    `expected the response of ${url as string} ${state.isNot ? 'not ' : ''}to be OK: its status is ${status as number}`;
  return record({ pass: ok === true, message });
};

export function optionsOf(given: unknown): Options {
  return typeof given === 'object' && given !== null ? given : record<Options>({});
}

export const PAGE_MATCHERS: Matchers = record({ toHaveTitle, toHaveURL, toBeOK });
