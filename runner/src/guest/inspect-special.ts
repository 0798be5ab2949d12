import {
  bufferLength,
  dateText,
  dateValue,
  getOwnPropertyDescriptor,
  isPrototypeOf,
  list,
  mapForEach,
  mapSize,
  prototypes,
  record,
  regexpFlags,
  regexpText,
  setForEach,
  setSize,
  slice,
  typedArrayLength,
  typedArrayName,
} from './intrinsics.ts';
import { guestFrames } from './stack.ts';
import { classNameOf, ownData, readText } from './read.ts';
import { unboxed } from './kind.ts';

/** One value's way to its text: what all that lies within it shares. */
export interface Inspection {
  readonly depth: number;
  readonly ancestors: object[];
  /** UTF-16 units that may still be written. Everything stops at zero. */
  left: number;
  /** The text of a value within, taken from what is left. Never throws. */
  textOf(value: unknown): string;
}

/** What stands before the fields of an object that is not a plain one. */
export interface Special {
  text: string;
  /** The text says it all when there are no fields. */
  whole: boolean;
  /** Its own indices are among the entries already. */
  indexed: boolean;
}

type Describe = (value: any, inspection: Inspection, entries: string[]) => Special;

const MAX_ENTRIES = 100;
const whole = (text: string): Special => record({ text, whole: true, indexed: false });
const titled = (text: string): Special => record({ text, whole: false, indexed: false });

/** Tried in order; each throws for an heir of the prototype that is not the thing itself. */
const DESCRIBERS = list<[object, Describe]>(
  pair(prototypes.Error, describeThrown),
  pair(prototypes.Map, describeMap),
  pair(prototypes.Set, describeSet),
  pair(prototypes.Date, (date) =>
    whole(dateValue(date) >= -8.64e15 ? dateText(date) : 'Invalid Date'),
  ),
  pair(prototypes.RegExp, (regexp) => whole(`/${regexpText(regexp)}/${regexpFlags(regexp)}`)),
  pair(prototypes.Promise, () => whole('Promise {}')),
  pair(prototypes.WeakMap, () => whole('WeakMap { <items unknown> }')),
  pair(prototypes.WeakSet, () => whole('WeakSet { <items unknown> }')),
  pair(prototypes.ArrayBuffer, (buffer) =>
    whole(`ArrayBuffer { byteLength: ${bufferLength(buffer)} }`),
  ),
  pair(prototypes.TypedArray, describeTypedArray),
);

function pair(prototype: object, describe: Describe): [object, Describe] {
  return list<any>(prototype, describe) as [object, Describe];
}

export function specialOf(
  value: object,
  inspection: Inspection,
  entries: string[],
): Special | undefined {
  if (typeof value === 'function') return whole(functionText(value));
  for (let i = 0; i < DESCRIBERS.length; i++) {
    const describer = DESCRIBERS[i]!;
    if (!isPrototypeOf(describer[0], value)) continue;
    try {
      return describer[1](value, inspection, entries);
    } catch {
      return undefined;
    }
  }
  return boxedText(value, inspection);
}

function boxedText(value: object, inspection: Inspection): Special | undefined {
  const inner = unboxed(value);
  if (inner === value) return undefined;
  const text = `[${classNameOf(value)}: ${inspection.textOf(inner)}]`;
  return record({ text, whole: true, indexed: typeof inner === 'string' });
}

export function functionText(value: object): string {
  const name = ownData(value, 'name');
  const isClass = getOwnPropertyDescriptor(value, 'prototype')?.writable === false;
  if (typeof name !== 'string' || name === '')
    return `[${isClass ? 'class' : 'Function'} (anonymous)]`;
  return isClass ? `[class ${slice(name, 0, 128)}]` : `[Function: ${slice(name, 0, 128)}]`;
}

function describeThrown(error: object, inspection: Inspection): Special {
  const name = readText(error, 'name') || classNameOf(error) || 'Error';
  const message = readText(error, 'message') ?? '';
  const title = message === '' ? name : `${name}: ${message}`;
  const stack = guestFrames(readText(error, 'stack') ?? '');
  let text = stack === '' ? `[${title}]` : stack;
  const cause = ownData(error, 'cause');
  if (cause !== undefined) text += `\n[cause]: ${inspection.textOf(cause)}`;
  return whole(slice(text, 0, inspection.left > 0 ? inspection.left : 0));
}

function describeMap(map: object, inspection: Inspection, entries: string[]): Special {
  const size = mapSize(map) as number;
  let shown = 0;
  mapForEach(map, (value: unknown, key: unknown) => {
    if (shown++ >= MAX_ENTRIES || inspection.left <= 0) return;
    entries[entries.length] = `${inspection.textOf(key)} => ${inspection.textOf(value)}`;
  });
  if (size > shown || shown > MAX_ENTRIES) entries[entries.length] = '... more items';
  return titled(`Map(${size})`);
}

function describeSet(set: object, inspection: Inspection, entries: string[]): Special {
  const size = setSize(set) as number;
  let shown = 0;
  setForEach(set, (value: unknown) => {
    if (shown++ >= MAX_ENTRIES || inspection.left <= 0) return;
    entries[entries.length] = inspection.textOf(value);
  });
  if (shown > MAX_ENTRIES) entries[entries.length] = '... more items';
  return titled(`Set(${size})`);
}

function describeTypedArray(view: any, inspection: Inspection, entries: string[]): Special {
  const length = typedArrayLength(view) as number;
  for (let i = 0; i < length && i < MAX_ENTRIES; i++) {
    entries[entries.length] = inspection.textOf(view[i]);
  }
  if (length > MAX_ENTRIES) entries[entries.length] = `... ${length - MAX_ENTRIES} more items`;
  const name = classNameOf(view) || (typedArrayName(view) as string);
  return record({ text: `${name}(${length})`, whole: false, indexed: true });
}
