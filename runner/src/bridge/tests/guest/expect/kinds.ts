import { core, primordials } from '../../../../guest/captured.ts';

const {
  bigintValue,
  booleanValue,
  bufferByteLength,
  dateValue,
  isPrototypeOf,
  isView,
  iterator,
  mapSize,
  numberValue,
  objectToString,
  regexpSource,
  setSize,
  stringSlice,
  stringValue,
  typedName,
} = primordials;

/** Whether a reader of an internal slot finds it. */
function has(read: (value: object) => unknown, value: object): boolean {
  try {
    read(value);
    return true;
  } catch {
    return false;
  }
}

export const isMap = (value: object): value is Map<unknown, unknown> => has(mapSize, value);
export const isSet = (value: object): value is Set<unknown> => has(setSize, value);
export const isDate = (value: object): value is Date => has(dateValue, value);
export const isRegExp = (value: object): value is RegExp =>
  has(regexpSource, value) && value !== primordials.RegExp.prototype;
export const isBuffer = (value: object): value is ArrayBuffer => has(bufferByteLength, value);
export const isTypedArray = (value: object): value is Uint8Array =>
  isView(value) && typedName(value) !== undefined;

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** `Array` of `[object Array]`: what a value calls itself. */
export function tagOf(value: object): string {
  const text = objectToString(value);
  return stringSlice(text, 8, text.length - 1);
}

/** Tries each, since what a value calls itself is no proof. */
const UNBOX = [numberValue, stringValue, booleanValue, bigintValue] as const;

/** The primitive in a Number, String, Boolean or BigInt object. */
export function unboxed(value: object): unknown {
  for (let i = 0; i < UNBOX.length; i++) {
    try {
      return UNBOX[i]!(value);
    } catch {
      // The next one.
    }
  }
  return value;
}

/** An iterable's method, where it has one. */
export function iteratorMethod(value: unknown): Function | undefined {
  if (value === undefined || value === null) return undefined;
  const method = (value as { [iterator]?: unknown })[iterator];
  return typeof method === 'function' ? method : undefined;
}

interface UrlGroup {
  URL: { prototype: object };
}

/** The text of a URL object of the platform's. */
export function urlText(value: object): string | undefined {
  const url = core.loaded<UrlGroup>('url');
  return url && isPrototypeOf(url.URL.prototype, value)
    ? (value as { href: string }).href
    : undefined;
}
