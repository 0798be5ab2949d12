import {
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasOwn,
  prototypes,
  slice,
} from './intrinsics.ts';

/** A property's text; `undefined` when it is none or its getter throws. */
export function readText(holder: object, key: string): string | undefined {
  try {
    const value = (holder as Record<string, unknown>)[key];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An own property's value without running a getter. */
export function ownData(holder: object, key: PropertyKey): unknown {
  const descriptor = getOwnPropertyDescriptor(holder, key);
  return descriptor && hasOwn(descriptor, 'value') ? descriptor.value : undefined;
}

/** How many prototypes are looked at for a class's name: chains may be made as long as one likes. */
const MAX_CHAIN = 16;

/** The name of the constructor, read without running a getter; '' when there is none. */
export function classNameOf(value: object): string {
  let holder: object | null = value;
  for (let i = 0; holder && i < MAX_CHAIN; i++) {
    // An accessor in the realms whose prototypes are frozen.
    if (holder === prototypes.Object) return 'Object';
    const made = ownData(holder, 'constructor');
    if (typeof made === 'function') {
      const name = ownData(made, 'name');
      if (typeof name === 'string' && name !== '') return slice(name, 0, 128);
    }
    holder = getPrototypeOf(holder) as object | null;
  }
  return '';
}

/** A short text of something that was caught. */
export function thrownText(thrown: unknown): string {
  if (typeof thrown === 'string') return slice(thrown, 0, 1024);
  if (typeof thrown !== 'object' || thrown === null) return 'something was thrown';
  return slice(readText(thrown, 'message') ?? 'an object was thrown', 0, 1024);
}
