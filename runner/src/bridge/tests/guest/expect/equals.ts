import { primordials } from '../../../../guest/captured.ts';
import { list } from '../../../../guest/interface.ts';
import { bounded, deeper, spend } from './budget.ts';
import { sameBytes } from './binary-equality.ts';
import { type Comparison, sameFields, sameSubset } from './field-equality.ts';
import { sameIterables } from './iterable-equality.ts';
import { isObject, iteratorMethod, tagOf, unboxed, urlText } from './kinds.ts';
import { LOOSE, type Mode } from './mode.ts';

const { AggregateError, dateValue, isArray, isError, isPrototypeOf } = primordials;
const { regexpFlags, regexpSource, sameValue } = primordials;

/** Answers `undefined` where it does not know better. */
export type EqualityTester = (a: unknown, b: unknown) => boolean | undefined;
type AsymmetricLike = { asymmetricMatch(other: unknown, mode?: Mode): boolean };

const testers = list<EqualityTester>();

/** A guest's own idea of equality; asked before ours, for all assertions from now on. */
export function addTester(tester: EqualityTester): void {
  testers[testers.length] = tester;
}

/** A comparison in which further testers are asked. */
export function equalsWith(extra: readonly EqualityTester[], a: unknown, b: unknown, mode: Mode) {
  const { length } = testers;
  for (let i = 0; i < extra.length; i++) addTester(extra[i]!);
  try {
    return equals(a, b, mode);
  } finally {
    testers.length = length;
  }
}

/** Whether two values are equal. Throws a `RangeError` for what is too large or too deep to say. */
export function equals(a: unknown, b: unknown, mode: Mode = LOOSE): boolean {
  return bounded(() => new DeepComparison(mode).same(a, b));
}

class DeepComparison implements Comparison {
  readonly mode: Mode;
  readonly #left = list<object>();
  readonly #right = list<object>();

  constructor(mode: Mode) {
    this.mode = mode;
  }

  same(a: unknown, b: unknown): boolean {
    spend(1);
    const told = asymmetric(a, b, this.mode) ?? tested(a, b);
    if (told !== undefined) return told;
    if (sameValue(a, b)) return true;
    if (isObject(a) && isObject(b)) return this.#sameObjects(a, b);
    return this.mode.subset && isSubset(b) && sameSubset(a, b, this);
  }

  #sameObjects(a: object, b: object): boolean {
    const left = this.#left;
    for (let i = left.length - 1; i >= 0; i--) {
      // What leads back to where we are has to lead back to the same place on both sides.
      if (left[i] === a) return this.#right[i] === b;
      if (this.#right[i] === b) return false;
    }
    const at = left.length;
    left[at] = a;
    this.#right[at] = b;
    try {
      return deeper(() => this.#sameParts(a, b));
    } finally {
      left.length = at;
      this.#right.length = at;
    }
  }

  #sameParts(a: object, b: object): boolean {
    if (this.mode.types && a.constructor !== b.constructor) return false;
    if (areIterables(a, b)) return sameIterables(a, b, this);
    if (this.mode.subset && isSubset(b)) return sameSubset(a, b, this);
    const tag = tagOf(a);
    if (tag !== tagOf(b)) return false;
    return sameSpecials(a, b, tag) ?? this.#sameHolders(a, b);
  }

  #sameHolders(a: object, b: object): boolean {
    if (isArray(a) && isArray(b) && a.length !== b.length) return false;
    if (!isError(a) || !isError(b)) return sameFields(a, b, this);
    if (!this.#sameErrors(a, b)) return false;
    return this.mode.subset ? sameSubset(a, b, this) : sameFields(a, b, this);
  }

  /** Name, message, cause and errors count whether or not they are enumerable. */
  #sameErrors(a: Error, b: Error): boolean {
    if (a.name !== b.name || a.message !== b.message) return false;
    if (b.cause !== undefined && !this.same(a.cause, b.cause)) return false;
    const areAggregates = isAggregate(a) && isAggregate(b);
    return !areAggregates || this.same(a.errors, b.errors);
  }
}

function isAggregate(error: Error): error is AggregateError {
  return isPrototypeOf(AggregateError.prototype, error);
}

function areIterables(a: object, b: object): boolean {
  if (isArray(a) || isArray(b)) return false;
  return iteratorMethod(a) !== undefined && iteratorMethod(b) !== undefined;
}

/** Whether an expected value is one whose fields alone are looked at. */
function isSubset(expected: unknown): expected is object {
  if (!isObject(expected) || isArray(expected) || isError(expected)) return false;
  const tag = tagOf(expected);
  return tag !== 'Date' && tag !== 'Map' && tag !== 'Set';
}

/** Values that are more than their fields; `undefined` for others. */
function sameSpecials(a: object, b: object, tag: string): boolean | undefined {
  const url = urlText(a);
  if (url !== undefined) return url === urlText(b);
  try {
    return sameByTag(a, b, tag);
  } catch {
    // One only calls itself so.
    return undefined;
  }
}

function sameByTag(a: object, b: object, tag: string): boolean | undefined {
  switch (tag) {
    case 'Boolean':
    case 'Number':
    case 'String':
      return samePrimitives(a, b);
    case 'Date':
      return sameValue(dateValue(a), dateValue(b));
    case 'RegExp':
      return regexpSource(a) === regexpSource(b) && regexpFlags(a) === regexpFlags(b);
    case 'ArrayBuffer':
    case 'DataView':
      return sameBytes(a, b);
    default:
      return undefined;
  }
}

function samePrimitives(a: object, b: object): boolean | undefined {
  const primitive = unboxed(a);
  return primitive === a ? undefined : sameValue(primitive, unboxed(b));
}

function tested(a: unknown, b: unknown): boolean | undefined {
  for (let i = 0; i < testers.length; i++) {
    // Called by itself: what a guest's function has as `this` must not be our list.
    const tester = testers[i]!;
    const told = tester(a, b);
    if (told !== undefined) return told;
  }
  return undefined;
}

export function isAsymmetric(value: unknown): value is AsymmetricLike {
  return isObject(value) && typeof (value as AsymmetricLike).asymmetricMatch === 'function';
}

/** `undefined` where neither is an asymmetric matcher, or both are. */
function asymmetric(a: unknown, b: unknown, mode: Mode): boolean | undefined {
  const left = isAsymmetric(a);
  if (left === isAsymmetric(b)) return undefined;
  return deeper(() =>
    left ? !!a.asymmetricMatch(b, mode) : !!(b as AsymmetricLike).asymmetricMatch(a, mode),
  );
}
