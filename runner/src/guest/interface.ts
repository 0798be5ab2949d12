import { primordials } from './captured.ts';

const { defineProperty, getOwnPropertyDescriptor, iterator, ownKeys, setPrototypeOf, toStringTag } =
  primordials;

/** An object without a prototype, from a literal: what it lacks cannot be a guest's. */
export function record<T extends object>(fields: T): T {
  return setPrototypeOf(fields, null) as T;
}

/** An array without a prototype: writing an index of it cannot reach a guest's setter. */
export function list<T>(): T[] {
  return setPrototypeOf([], null) as T[];
}

/** Whether Web IDL takes an object for a sequence: it has a method that makes an iterator. */
export function isSequence(value: object): value is Iterable<unknown> {
  const method = (value as { [iterator]?: unknown })[iterator];
  return method !== undefined && method !== null;
}

/**
 * A class as Web IDL wants it: its members enumerable, its instances tagged with its name, and no
 * more arguments of its constructor told than `length`, where that is given.
 */
export function defineInterface(constructor: Function, name: string, length?: number): void {
  const prototype = constructor.prototype as object;
  showMembers(prototype);
  showMembers(constructor);
  if (length !== undefined) {
    defineProperty(constructor, 'length', record({ value: length, configurable: true }));
  }
  // The bundler renames a class that names itself.
  defineProperty(constructor, 'name', record({ value: name, configurable: true }));
  defineProperty(prototype, toStringTag, record({ value: name, configurable: true }));
}

/** Not what every class has of its own: its name, length and prototype. */
function showMembers(holder: object): void {
  const members = ownKeys(holder);
  for (let i = 0; i < members.length; i++) {
    const member = members[i]!;
    if (typeof member === 'symbol' || member === 'constructor') continue;
    const descriptor = record(getOwnPropertyDescriptor(holder, member)!);
    const isOwnOfClass = typeof holder === 'function' && typeof descriptor.value !== 'function';
    if (isOwnOfClass && descriptor.get === undefined) continue;
    descriptor.enumerable = true;
    defineProperty(holder, member, descriptor);
  }
}

/** Constants of an interface, on the constructor and on the prototype. */
export function defineConstants(constructor: Function, constants: Record<string, number>): void {
  const names = ownKeys(constants) as string[];
  for (let i = 0; i < names.length; i++) {
    const descriptor = record({ value: constants[names[i]!], enumerable: true });
    defineProperty(constructor, names[i]!, descriptor);
    defineProperty(constructor.prototype as object, names[i]!, descriptor);
  }
}

/** A promise whose `then` takes no constructor from a prototype that a guest may change. */
export function hardened<T>(promise: Promise<T>): Promise<T> {
  return defineProperty(promise, 'constructor', plainConstructor);
}
const plainConstructor = record({ value: undefined, configurable: true, writable: true });
