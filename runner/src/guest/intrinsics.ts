/**
 * The intrinsics that the core itself uses, captured when the realm is fresh. Code that runs later
 * uses these and no method of a prototype, since a guest may have replaced it.
 */
const { bind, call } = Function.prototype;

type Uncurried<F> = F extends (...args: infer A) => infer R ? (self: any, ...args: A) => R : never;

/** A method as a function of its receiver. */
export const uncurry = bind.bind(call) as unknown as <F>(method: F) => Uncurried<F>;

/** A getter as a function of its receiver; `undefined` where the language has no such getter. */
export const getterOf = (holder: object, key: PropertyKey): ((self: any) => any) =>
  uncurry(Object.getOwnPropertyDescriptor(holder, key)!.get!) as (self: any) => any;

export const indirectEval = eval;
export const {
  defineProperty,
  freeze,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  keys: objectKeys,
  hasOwn,
  is: sameValue,
} = Object;
const { setPrototypeOf } = Object;
export const { apply, ownKeys } = Reflect;
export const { isArray } = Array;
export const { parse: jsonParse, stringify: jsonStringify } = JSON;
export const { min, max, trunc } = Math;
export const now = Date.now;
export const toNumber = Number;
export const PromiseConstructor = Promise;
export const pendingPromise = Promise.withResolvers.bind(Promise) as <
  T,
>() => PromiseWithResolvers<T>;
export const resolvedPromise = Promise.resolve.bind(Promise) as <T>(value?: T) => Promise<T>;

export const isPrototypeOf = uncurry(Object.prototype.isPrototypeOf);
export const charCodeAt = uncurry(String.prototype.charCodeAt);
export const slice = uncurry(String.prototype.slice);
export const indexOf = uncurry(String.prototype.indexOf);
export const repeat = uncurry(String.prototype.repeat);
export const padEnd = uncurry(String.prototype.padEnd);
export const toFixed = uncurry(Number.prototype.toFixed);
export const numberOf = uncurry(Number.prototype.valueOf);
export const stringOf = uncurry(String.prototype.valueOf);
export const booleanOf = uncurry(Boolean.prototype.valueOf);
export const symbolText = uncurry(Symbol.prototype.toString);
export const promiseThen = uncurry(Promise.prototype.then);
export const regexpExec = uncurry(RegExp.prototype.exec);
export const regexpText = getterOf(RegExp.prototype, 'source');
export const regexpFlags = uncurry(
  Object.getOwnPropertyDescriptor(RegExp.prototype, 'flags')!.get!,
) as (self: any) => string;
export const dateValue = uncurry(Date.prototype.getTime);
export const dateText = uncurry(Date.prototype.toISOString);
export const mapSize = getterOf(Map.prototype, 'size');
export const mapForEach = uncurry(Map.prototype.forEach);
export const setSize = getterOf(Set.prototype, 'size');
export const setForEach = uncurry(Set.prototype.forEach);
export const bufferLength = getterOf(ArrayBuffer.prototype, 'byteLength');
const TypedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
export const typedArrayLength = getterOf(TypedArray, 'length');
export const typedArrayName = getterOf(TypedArray, Symbol.toStringTag);

export const prototypes = {
  __proto__: null,
  Object: Object.prototype,
  Array: Array.prototype,
  Function: Function.prototype,
  Error: Error.prototype,
  Map: Map.prototype,
  Set: Set.prototype,
  WeakMap: WeakMap.prototype,
  WeakSet: WeakSet.prototype,
  WeakRef: WeakRef.prototype,
  Promise: Promise.prototype,
  ArrayBuffer: ArrayBuffer.prototype,
  TypedArray,
  DataView: DataView.prototype,
  Date: Date.prototype,
  RegExp: RegExp.prototype,
  Number: Number.prototype,
  String: String.prototype,
  Boolean: Boolean.prototype,
};

export const errorConstructors = {
  __proto__: null,
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
};

/** An array without a prototype: writing an index of it cannot reach a guest's setter. */
export function list<T>(...items: T[]): T[] {
  return setPrototypeOf(items, null) as T[];
}

/** A record without a prototype, from an object literal. */
export function record<T extends object>(fields: T): T {
  return setPrototypeOf(fields, null) as T;
}

/** Makes `then` on this promise take no constructor from a prototype that a guest may change. */
export function settleSafely<T>(
  promise: Promise<T>,
  onValue: (value: T) => void,
  onError: (error: unknown) => void,
): void {
  defineProperty(promise, 'constructor', PLAIN_CONSTRUCTOR);
  promiseThen(promise, onValue as never, onError);
}
const PLAIN_CONSTRUCTOR = record({ value: undefined, configurable: true, writable: true });

/** The length of a text in UTF-8, or a number above `limit` as soon as that is passed. */
export function utf8Length(text: string, limit: number): number {
  const { length } = text;
  if (length > limit) return length;
  let bytes = length;
  for (let i = 0; i < length && bytes <= limit; i++) {
    const code = charCodeAt(text, i);
    if (code < 0x80) continue;
    // A surrogate pair is four bytes: two for each half, one of which is counted already.
    bytes += code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
