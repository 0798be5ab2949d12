import {
  booleanOf,
  getPrototypeOf,
  isPrototypeOf,
  list,
  numberOf,
  prototypes,
  record,
  stringOf,
} from './intrinsics.ts';

interface Kind {
  prototype: object;
  text: string;
}

/** Objects that JSON would write as `{}` or as an object of indices, and what to do instead. */
const EXOTIC: readonly Kind[] = list(
  record({ prototype: prototypes.Map, text: 'is a Map; return Object.fromEntries(map)' }),
  record({ prototype: prototypes.Set, text: 'is a Set; return [...set]' }),
  record({ prototype: prototypes.Promise, text: 'is a Promise; await it' }),
  record({ prototype: prototypes.TypedArray, text: 'is a typed array; return Array.from(it)' }),
  record({
    prototype: prototypes.ArrayBuffer,
    text: 'is an ArrayBuffer; return an array or base64',
  }),
  record({ prototype: prototypes.DataView, text: 'is a DataView; return an array or base64' }),
  record({ prototype: prototypes.WeakMap, text: 'is a WeakMap, which has no plain form' }),
  record({ prototype: prototypes.WeakSet, text: 'is a WeakSet, which has no plain form' }),
  record({ prototype: prototypes.WeakRef, text: 'is a WeakRef, which has no plain form' }),
);

/** What to say of an object that has no plain form; `undefined` for one that has. */
export function exoticKind(value: object): string | undefined {
  const prototype = getPrototypeOf(value) as object | null;
  if (prototype === prototypes.Object || prototype === prototypes.Array || prototype === null) {
    return undefined;
  }
  for (let i = 0; i < EXOTIC.length; i++) {
    const kind = EXOTIC[i]!;
    if (isPrototypeOf(kind.prototype, value)) return kind.text;
  }
  return undefined;
}

/** What to say of a primitive or function that has no plain form. */
export function describeKind(value: unknown): string {
  switch (typeof value) {
    case 'function':
      return 'is a function; return data instead';
    case 'symbol':
      return 'is a symbol; return its description';
    default:
      return 'is a bigint; return it as a string or a number';
  }
}

/** The primitive in a Number, String or Boolean object; any other object as it is. */
export function unboxed(value: object): unknown {
  const prototype = getPrototypeOf(value) as object | null;
  if (prototype === prototypes.Object || prototype === null) return value;
  try {
    if (isPrototypeOf(prototypes.Number, value)) return numberOf(value);
    if (isPrototypeOf(prototypes.String, value)) return stringOf(value);
    if (isPrototypeOf(prototypes.Boolean, value)) return booleanOf(value);
  } catch {
    // An heir of Number.prototype that is no Number object: an ordinary one.
  }
  return value;
}
