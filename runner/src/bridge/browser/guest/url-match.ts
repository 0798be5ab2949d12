import { core, primordials } from '../../../guest/captured.ts';
import type { URL } from '../../url/guest/url.ts';
import { stateOf } from './remote.ts';

const { apply, charCodeAt, isPrototypeOf, RegExp, regexpExec, regexpFlags } = primordials;
const { regexpSource, stringIndexOf, TypeError } = primordials;

/** What addresses are told by: a glob, a RegExp, or a function of a `URL`. */
export type Pattern = string | RegExp | ((url: URL) => unknown);

/** Characters that mean something in a RegExp, and themselves in a glob. */
const SPECIAL = '$^+.()|\\[]{}?*/';

export function isRegExp(value: unknown): value is RegExp {
  return typeof value === 'object' && value !== null && isPrototypeOf(RegExp.prototype, value);
}

/** Relative addresses of a page are those of its context. */
export function baseOf(remote: object): string | undefined {
  const { kind, baseURL, fields } = stateOf(remote);
  if (kind !== 'Page') return baseURL;
  return fields.context ? stateOf(fields.context).baseURL : undefined;
}

export function checkPattern(pattern: unknown): void {
  if (typeof pattern === 'string' || typeof pattern === 'function' || isRegExp(pattern)) return;
  throw new TypeError('A pattern of addresses is a string, a RegExp or a function');
}

export function matches(pattern: Pattern, url: string, baseURL: string | undefined): boolean {
  if (typeof pattern === 'string') {
    if (pattern === '') return true;
    return regexpExec(globRegExp(resolved(pattern, baseURL)), url) !== null;
  }
  if (isRegExp(pattern)) return test(pattern, url);
  return !!apply(pattern, undefined, [new (urlClass())(url)]);
}

/** Without the state that a global one keeps between calls. */
export function test(pattern: RegExp, text: string): boolean {
  const flags = regexpFlags(pattern);
  let kept = '';
  for (let i = 0; i < flags.length; i++) {
    if (flags[i] !== 'g' && flags[i] !== 'y') kept += flags[i];
  }
  return regexpExec(new RegExp(regexpSource(pattern), kept), text) !== null;
}

export function isSamePattern(a: Pattern, b: Pattern): boolean {
  if (a === b) return true;
  if (!isRegExp(a) || !isRegExp(b)) return false;
  return regexpSource(a) === regexpSource(b) && regexpFlags(a) === regexpFlags(b);
}

/** A relative address is one of the context's; a glob that begins with a star is none. */
export function resolved(pattern: string, baseURL: string | undefined): string {
  if (baseURL === undefined || charCodeAt(pattern, 0) === 0x2a) return pattern;
  if (stringIndexOf(pattern, '://') !== -1) return pattern;
  const base = new (urlClass())(baseURL);
  if (pattern[0] === '/') return base.origin + pattern;
  return new (urlClass())(pattern, baseURL).href;
}

function urlClass(): typeof URL {
  return core.use<{ URL: typeof URL }>('url').URL;
}

/** `*` is anything within a segment, `**` anything at all, `{a,b}` one of these. */
function globRegExp(glob: string): RegExp {
  let text = '^';
  let depth = 0;
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i]!;
    if (char === '*') {
      const { end, pattern } = starsAt(glob, i);
      text += pattern;
      i = end;
    } else if (char === '{') {
      depth++;
      text += '(?:';
    } else {
      text += depth > 0 ? inBraces(char) : literal(char);
      if (char === '}' && depth > 0) depth--;
    }
  }
  while (depth-- > 0) text += ')';
  return new RegExp(`${text}$`);
}

/** Stars between slashes are any folders, or none. */
function starsAt(glob: string, start: number): { end: number; pattern: string } {
  let end = start;
  while (glob[end + 1] === '*') end++;
  if (end === start) return { end, pattern: '[^/]*' };
  const isFolder = glob[start - 1] === '/' && glob[end + 1] === '/';
  return isFolder ? { end: end + 1, pattern: '(?:.*/|)' } : { end, pattern: '.*' };
}

function inBraces(char: string): string {
  if (char === ',') return '|';
  return char === '}' ? ')' : literal(char);
}

function literal(char: string): string {
  return stringIndexOf(SPECIAL, char) === -1 ? char : `\\${char}`;
}
