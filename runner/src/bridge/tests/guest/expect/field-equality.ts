import { primordials } from '../../../../guest/captured.ts';
import { list } from '../../../../guest/interface.ts';
import type { Mode } from './mode.ts';

const { arraySort, isArray, Number, regexpExec } = primordials;
const { getOwnPropertyDescriptor, getPrototypeOf, hasOwn, Object, objectKeys, ownKeys } =
  primordials;

/** One comparison, for what compares parts of the values. */
export interface Comparison {
  readonly mode: Mode;
  same(a: unknown, b: unknown): boolean;
}

type Fields = Record<PropertyKey, unknown>;

/** Whether two objects have the same own enumerable fields, with equal values. */
export function sameFields(a: object, b: object, comparison: Comparison): boolean {
  const isDense = isArray(a) && isArray(b) && a.length <= MAX_DENSE;
  if (isDense && !sameItems(a, b, comparison)) return false;
  const names = countedKeys(a, comparison.mode, isDense);
  if (countedKeys(b, comparison.mode, isDense).length !== names.length) return false;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (!hasOwn(b, name)) return false;
    if (!comparison.same((a as Fields)[name], (b as Fields)[name])) return false;
  }
  return true;
}

/** Items up to which an array is compared index by index; longer ones are within the budget only if they are sparse. */
const MAX_DENSE = 1_000_000;

/** Two arrays of one length. */
function sameItems(a: readonly unknown[], b: readonly unknown[], comparison: Comparison): boolean {
  const { undefinedCounts } = comparison.mode;
  for (let i = 0; i < a.length; i++) {
    if (undefinedCounts && hasOwn(a, i) !== hasOwn(b, i)) return false;
    if (!comparison.same(a[i], b[i])) return false;
  }
  return true;
}

/** The same of those fields that symbols do not name: an iterable's own iterator differs each time. */
export function sameNamedFields(a: object, b: object, comparison: Comparison): boolean {
  const names = objectKeys(a);
  if (objectKeys(b).length !== names.length) return false;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (!hasOwn(b, name)) return false;
    if (!comparison.same((a as Fields)[name], (b as Fields)[name])) return false;
  }
  return true;
}

function countedKeys(holder: object, { undefinedCounts }: Mode, isDense: boolean): PropertyKey[] {
  const names = isDense ? keysBesideItems(holder as unknown[]) : enumerableKeys(holder);
  if (undefinedCounts) return names;
  const counted = list<PropertyKey>();
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const counts = typeof name === 'symbol' || (holder as Fields)[name] !== undefined;
    if (counts) counted[counted.length] = name;
  }
  return counted;
}

/** Indices are the first of all keys: an array's others are found from the end. */
function keysBesideItems(array: readonly unknown[]): PropertyKey[] {
  const all = ownKeys(array);
  const found = list<PropertyKey>();
  for (let i = all.length - 1; i >= 0; i--) {
    const name = all[i]!;
    if (typeof name === 'string' && isItem(array, name)) break;
    if (getOwnPropertyDescriptor(array, name)?.enumerable) found[found.length] = name;
  }
  return found;
}

function isItem(array: readonly unknown[], name: string): boolean {
  return regexpExec(INDEX, name) !== null && Number(name) < array.length;
}
const INDEX = /^(?:0|[1-9]\d{0,9})$/;

/** Own enumerable names, as they come or in the order of their code units, then symbols. */
export function enumerableKeys(holder: object, isSorted = false): PropertyKey[] {
  const names = objectKeys(holder);
  const all = ownKeys(holder);
  const found = list<PropertyKey>();
  for (let i = 0; i < names.length; i++) found[i] = names[i]!;
  if (isSorted) arraySort(found as string[]);
  // Symbols are the last of all keys.
  for (let i = all.length - 1; i >= 0 && typeof all[i] === 'symbol'; i--) {
    if (getOwnPropertyDescriptor(holder, all[i]!)?.enumerable) found[found.length] = all[i]!;
  }
  return found;
}

/** Whether a value has each field of the other, with an equal value. */
export function sameSubset(value: unknown, subset: object, comparison: Comparison): boolean {
  const names = objectKeys(subset);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (!hasField(value, name)) return false;
    if (!comparison.same((value as Fields)[name], (subset as Fields)[name])) return false;
  }
  return true;
}

/** Prototypes count, but for the one of every object. */
function hasField(value: unknown, name: PropertyKey): boolean {
  let holder: unknown = value;
  while (typeof holder === 'object' && holder !== null && holder !== Object.prototype) {
    if (hasOwn(holder, name)) return true;
    holder = getPrototypeOf(holder);
  }
  return false;
}
