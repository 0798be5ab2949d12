import { primordials } from '../../../../guest/captured.ts';
import { list } from '../../../../guest/interface.ts';
import { sameElements } from './binary-equality.ts';
import { bounded, spend } from './budget.ts';
import { type Comparison, sameNamedFields } from './field-equality.ts';
import { isMap, isSet, isTypedArray, iteratorMethod } from './kinds.ts';

const { apply, mapForEach, mapGet, mapHas, mapSize, setForEach, setHas, setSize } = primordials;

/** Two objects that can both be iterated and are no arrays. */
export function sameIterables(a: object, b: object, comparison: Comparison): boolean {
  if (a.constructor !== b.constructor) return false;
  if (isSet(a) && isSet(b)) return sameSets(a, b, comparison);
  if (isMap(a) && isMap(b)) return sameMaps(a, b, comparison);
  if (isTypedArray(a) && isTypedArray(b)) return sameElements(a, b);
  return sameSteps(a, b, comparison) && sameNamedFields(a, b, comparison);
}

/** Items in any order; each needs one of the other's. */
function sameSets(a: Set<unknown>, b: Set<unknown>, comparison: Comparison): boolean {
  if (setSize(a) !== setSize(b)) return false;
  const others = list<unknown>();
  setForEach(b, (item) => (others[others.length] = item));
  const items = list<unknown>();
  setForEach(a, (item) => (items[items.length] = item));
  for (let i = 0; i < items.length; i++) {
    if (!setHas(b, items[i]) && !hasEqual(items[i], others, comparison)) return false;
  }
  return true;
}

function hasEqual(item: unknown, others: readonly unknown[], comparison: Comparison): boolean {
  for (let i = 0; i < others.length; i++) if (comparison.same(item, others[i])) return true;
  return false;
}

function sameMaps(
  a: Map<unknown, unknown>,
  b: Map<unknown, unknown>,
  comparison: Comparison,
): boolean {
  if (mapSize(a) !== mapSize(b)) return false;
  const others = entriesOf(b);
  const entries = entriesOf(a);
  for (let i = 0; i < entries.length; i++) {
    const { key, value } = entries[i]!;
    const isThere = mapHas(b, key) && comparison.same(value, mapGet(b, key));
    if (!isThere && !hasEqualEntry(entries[i]!, others, comparison)) return false;
  }
  return true;
}

interface Entry {
  key: unknown;
  value: unknown;
}

/** Of a map, in its order. */
export function entriesOf(map: Map<unknown, unknown>): Entry[] {
  const entries = list<Entry>();
  mapForEach(map, (value, key) => (entries[entries.length] = { key, value }));
  return entries;
}

function hasEqualEntry(entry: Entry, others: readonly Entry[], comparison: Comparison): boolean {
  for (let i = 0; i < others.length; i++) {
    const { key, value } = others[i]!;
    if (comparison.same(entry.key, key) && comparison.same(entry.value, value)) return true;
  }
  return false;
}

/** What two other iterables yield, step by step. An endless one ends with the budget. */
function sameSteps(a: object, b: object, comparison: Comparison): boolean {
  const left = iterate(a);
  const right = iterate(b);
  for (;;) {
    spend(1);
    const one = left.next();
    const other = right.next();
    if (one.done || other.done) return !!one.done && !!other.done;
    if (!comparison.same(one.value, other.value)) return false;
  }
}

function iterate(value: object): Iterator<unknown> {
  return apply(iteratorMethod(value)!, value, []) as Iterator<unknown>;
}

/** Everything that an iterable or array-like has, as an array; `undefined` for what is neither. */
export function itemsOf(value: unknown): unknown[] | undefined {
  if (iteratorMethod(value)) return bounded(() => stepsOf(value as object));
  const length: unknown = (value as { length?: unknown } | null | undefined)?.length;
  if (typeof value !== 'object' || typeof length !== 'number') return undefined;
  return bounded(() => indexed(value as ArrayLike<unknown>, length));
}

function indexed(value: ArrayLike<unknown>, length: number): unknown[] {
  const items = list<unknown>();
  for (let i = 0; i < length; i++) {
    spend(1);
    items[i] = value[i];
  }
  return items;
}

function stepsOf(value: object): unknown[] {
  const steps = iterate(value);
  const items = list<unknown>();
  for (let step = steps.next(); !step.done; step = steps.next()) {
    spend(1);
    items[items.length] = step.value;
  }
  return items;
}
