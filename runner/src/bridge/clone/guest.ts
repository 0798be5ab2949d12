import { core, primordials } from '../../guest/captured.ts';
import type { GuestGroup } from '../../guest/core.ts';
import { list, record } from '../../guest/interface.ts';
import { cloneError, clonePrimitiveObject } from './guest/clone-builtin.ts';
import { cloneBuffer, cloneView } from './guest/clone-buffer.ts';
import { clonePlatformObject, isUncloneable } from './guest/platform-objects.ts';
import { beginTransfer, sequenceOf } from './guest/transfer.ts';

const { defineProperty, getOwnPropertyDescriptor, isArray, isPrototypeOf, isView } = primordials;
const { Map, mapForEach, mapGet, mapSet, mapSize, objectKeys, Set, setAdd, setForEach } =
  primordials;
const { setSize, TypeError, hasOwn } = primordials;
const { Error } = primordials;

/** Deeper input would use up the stack in the middle of a clone. */
const MAX_DEPTH = 2000;

interface Cloning {
  /** What was cloned already: cycles and shared references stay what they are. */
  seen: Map<unknown, unknown>;
  depth: number;
}

function refused(what: string): never {
  const { DOMException } = core.use('exception');
  throw new DOMException(`${what} could not be cloned`, 'DataCloneError');
}

function clone(value: unknown, cloning: Cloning): unknown {
  if (typeof value === 'symbol') refused('A symbol');
  if (typeof value === 'function') refused('A function');
  if (typeof value !== 'object' || value === null) return value;
  const seen = mapGet(cloning.seen, value);
  if (seen !== undefined) return seen;
  if (++cloning.depth > MAX_DEPTH) refused('An object nested this deep');
  const copy = cloneObject(value, cloning);
  cloning.depth--;
  return copy;
}

function cloneObject(value: object, cloning: Cloning): unknown {
  const simple = clonePrimitiveObject(value) ?? cloneBuffer(value) ?? clonePlatformObject(value);
  if (simple) {
    mapSet(cloning.seen, value, simple);
    return simple;
  }
  if (isView(value)) {
    const buffer = clone(primordialBuffer(value), cloning) as ArrayBuffer;
    const view = cloneView(value, buffer);
    mapSet(cloning.seen, value, view);
    return view;
  }
  if (brand(value, mapSize)) return cloneMap(value as Map<unknown, unknown>, cloning);
  if (brand(value, setSize)) return cloneSet(value as Set<unknown>, cloning);
  if (isPrototypeOf(Error.prototype, value)) return cloneErrorWith(value, cloning);
  if (isUncloneable(value)) refused('An object of this kind');
  return cloneFields(value, cloning);
}

function primordialBuffer(view: ArrayBufferView): ArrayBuffer {
  return primordials.typedName(view) === undefined
    ? primordials.viewBuffer(view)
    : primordials.typedBuffer(view);
}

function brand(value: object, getter: (value: unknown) => unknown): boolean {
  try {
    getter(value);
    return true;
  } catch {
    return false;
  }
}

function cloneMap(value: Map<unknown, unknown>, cloning: Cloning): Map<unknown, unknown> {
  const copy = new Map<unknown, unknown>();
  mapSet(cloning.seen, value, copy);
  const pairs = list<[unknown, unknown]>();
  mapForEach(value, (item: unknown, key: unknown) => {
    pairs[pairs.length] = [key, item];
  });
  for (let i = 0; i < pairs.length; i++) {
    mapSet(copy, clone(pairs[i]![0], cloning), clone(pairs[i]![1], cloning));
  }
  return copy;
}

function cloneSet(value: Set<unknown>, cloning: Cloning): Set<unknown> {
  const copy = new Set<unknown>();
  mapSet(cloning.seen, value, copy);
  const items = list<unknown>();
  setForEach(value, (item: unknown) => {
    items[items.length] = item;
  });
  for (let i = 0; i < items.length; i++) setAdd(copy, clone(items[i], cloning));
  return copy;
}

function cloneErrorWith(value: object, cloning: Cloning): object {
  const copy = cloneError(value);
  mapSet(cloning.seen, value, copy);
  const cause = getOwnPropertyDescriptor(value, 'cause');
  if (cause && hasOwn(cause, 'value'))
    defineField(copy, 'cause', clone(cause.value, cloning), false);
  return copy;
}

function cloneFields(value: object, cloning: Cloning): object {
  const copy: object = isArray(value) ? holes(value.length) : {};
  mapSet(cloning.seen, value, copy);
  const names = objectKeys(value);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    // A getter of an earlier field may have deleted this one.
    if (!hasOwn(value, name)) continue;
    defineField(copy, name, clone((value as Record<string, unknown>)[name], cloning), true);
  }
  return copy;
}

function holes(length: number): unknown[] {
  const made: unknown[] = [];
  made.length = length;
  return made;
}

function defineField(target: object, name: string, value: unknown, enumerable: boolean): void {
  defineProperty(target, name, record({ value, writable: true, enumerable, configurable: true }));
}

/** A clone, and the ports of the list as the clone has them. */
function cloneAndMove(
  value: unknown,
  items: readonly unknown[],
): { value: unknown; ports: object[] } {
  const cloning: Cloning = record({ seen: new Map<unknown, unknown>(), depth: 0 });
  const transfer = beginTransfer(items, cloning.seen, refused);
  const copy = clone(value, cloning);
  transfer.finish();
  return record({ value: copy, ports: transfer.ports });
}

const functions = {
  structuredClone(value: unknown, options: unknown = undefined): unknown {
    if (arguments.length === 0) throw new TypeError('structuredClone needs a value');
    const transfer = (options as { transfer?: unknown } | null | undefined)?.transfer;
    return cloneAndMove(value, sequenceOf(transfer)).value;
  },
};

/** What other groups use of this one, beside its global. */
export interface CloneGroup {
  cloneAndMove: typeof cloneAndMove;
  sequenceOf: typeof sequenceOf;
}

export const install: GuestGroup = () => ({
  cloneAndMove,
  sequenceOf,
  structuredClone: functions.structuredClone,
});
