import { primordials } from '../../../../guest/captured.ts';
import { isRegExp, test } from '../url-match.ts';

const { charCodeAt, fromCharCode, isArray, jsonStringify, RegExp, regexpFlags } = primordials;
const { regexpSource, stringIndexOf, toLowerCase, TypeError } = primordials;

export type ExpectedText = string | RegExp;

export interface TextOptions {
  /** A part of the text suffices. */
  isPart?: boolean;
  ignoreCase?: boolean;
  /** White space counts as it is. */
  isRaw?: boolean;
}

export function fitsText(actual: string, expected: ExpectedText, options: TextOptions): boolean {
  const { isPart, ignoreCase, isRaw } = options;
  if (isRegExp(expected)) return test(ignoreCase ? withoutCase(expected) : expected, actual);
  const cased = (text: string): string => (ignoreCase ? toLowerCase(text) : text);
  const wanted = cased(isRaw ? expected : normalized(expected));
  const found = cased(isRaw ? actual : normalized(actual));
  return isPart ? stringIndexOf(found, wanted) !== -1 : found === wanted;
}

/** Each in its place; of parts, those that there are in this order among others. */
export function fitTexts(
  actual: readonly string[],
  expected: readonly ExpectedText[],
  options: TextOptions,
): boolean {
  if (!options.isPart && actual.length !== expected.length) return false;
  let at = 0;
  for (let i = 0; i < actual.length && at < expected.length; i++) {
    if (fitsText(actual[i]!, expected[at]!, options)) at++;
    else if (!options.isPart) return false;
  }
  return at === expected.length;
}

export function checkedText(value: unknown): ExpectedText {
  if (typeof value === 'string' || isRegExp(value)) return value;
  throw new TypeError('The expected value must be a string or a RegExp');
}

export function checkedTexts(value: unknown): ExpectedText | readonly ExpectedText[] {
  if (!isArray(value)) return checkedText(value);
  for (let i = 0; i < value.length; i++) checkedText(value[i]);
  return value as ExpectedText[];
}

export function shownText(value: unknown): string {
  if (isRegExp(value)) return `/${regexpSource(value)}/${regexpFlags(value)}`;
  if (!isArray(value)) return jsonStringify(value) ?? 'undefined';
  let text = '[';
  for (let i = 0; i < value.length; i++) text += `${i > 0 ? ', ' : ''}${shownText(value[i])}`;
  return `${text}]`;
}

function withoutCase(pattern: RegExp): RegExp {
  const flags = regexpFlags(pattern);
  return stringIndexOf(flags, 'i') === -1
    ? new RegExp(regexpSource(pattern), `${flags}i`)
    : pattern;
}

const ZERO_WIDTH = 0x200b;
const WIDE_SPACES =
  '\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff';

/** Without white space at its ends, and each other run of it as one space. */
export function normalized(text: string): string {
  let made = '';
  let isGap = false;
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code === ZERO_WIDTH) continue;
    if (isSpace(code)) {
      isGap = made !== '';
      continue;
    }
    if (isGap) made += ' ';
    isGap = false;
    made += text[i];
  }
  return made;
}

/** What `\s` is. */
function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return code >= 0xa0 && stringIndexOf(WIDE_SPACES, fromCharCode(code)) !== -1;
}
