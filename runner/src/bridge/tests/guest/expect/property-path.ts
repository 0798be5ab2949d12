import { primordials } from '../../../../guest/captured.ts';
import { list, record } from '../../../../guest/interface.ts';
import { type MatcherState, misuse } from './matcher.ts';
import { brief } from './texts.ts';

const { hasOwn, isArray, Object, regexpExec, String, stringSlice } = primordials;

type Fields = Record<PropertyKey, unknown>;

/** What every object has, which an author who writes such a path does not mean. */
const OF_ALL = record<{ [key: string]: boolean }>({
  constructor: true,
  ['__proto__']: true,
  prototype: true,
});

/**
 * The property that a path like `a.b[0]` leads to, `undefined` where it leads nowhere. An array has
 * the keys as they are; a text may have backslashes before dots and brackets that are part of a key.
 */
export function propertyAt(
  holder: unknown,
  path: unknown,
  state: MatcherState,
): { value: unknown } | undefined {
  if (typeof path === 'string' && hasOwn(holder as object, path)) {
    return record({ value: (holder as Fields)[path] });
  }
  const keys = keysOf(path);
  if (!keys) throw misuse(state, `needs a path, a string or an array, not ${brief(path)}`);
  let value = holder;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (value === null || value === undefined || !hasProperty(value, key)) return undefined;
    value = (value as Fields)[key];
  }
  return record({ value });
}

function hasProperty(value: unknown, key: PropertyKey): boolean {
  const object = Object(value) as object;
  return typeof key === 'string' && OF_ALL[key] ? hasOwn(object, key) : key in object;
}

function keysOf(path: unknown): PropertyKey[] | undefined {
  if (typeof path === 'string') return keysIn(path);
  if (typeof path === 'symbol' || typeof path === 'number') return one(path);
  if (!isArray(path)) return undefined;
  const keys = list<PropertyKey>();
  for (let i = 0; i < path.length; i++) {
    const key: unknown = path[i];
    keys[i] = typeof key === 'symbol' ? key : String(key);
  }
  return keys;
}

function one(key: PropertyKey): PropertyKey[] {
  const keys = list<PropertyKey>();
  keys[0] = key;
  return keys;
}

/** One key of a path: `[12]`, or characters of which dots and brackets have a backslash before them. */
const KEY = /^(?:\[(\d+)\]|((?:\\[.[\]]|[^.[])+))\.?/;

function keysIn(path: string): PropertyKey[] {
  const keys = list<PropertyKey>();
  let rest = path;
  while (rest !== '') {
    const match = regexpExec(KEY, rest);
    if (!match) return one(path);
    keys[keys.length] = match[1] ?? unescaped(match[2]!);
    rest = stringSlice(rest, match[0].length);
  }
  return keys.length === 0 ? one('') : keys;
}

function unescaped(key: string): string {
  let text = '';
  for (let i = 0; i < key.length; i++) {
    const isEscape = key[i] === '\\' && i + 1 < key.length && regexpExec(SPECIAL, key[i + 1]!);
    if (!isEscape) text += key[i];
  }
  return text;
}
const SPECIAL = /[.[\]]/;
