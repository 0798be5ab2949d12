import { primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';

const { apply, hasOwn, objectKeys, TypeError } = primordials;

export type Fields = Record<string, unknown>;

export function objectOf(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null) return value as Fields;
  throw new TypeError(`${name} must be an object`);
}

/** An object's own fields as they are now. */
export function copyOf(source: Fields): Fields {
  const copy = record<Fields>({});
  const names = objectKeys(source);
  for (let i = 0; i < names.length; i++) copy[names[i]!] = source[names[i]!];
  return copy;
}

/** Replaces a field, where there is one, by what is made of it. */
export function convert(fields: Fields, name: string, make: (value: unknown) => unknown): void {
  if (hasOwn(fields, name) && fields[name] !== undefined) fields[name] = make(fields[name]);
}

export function functionOf(value: unknown, name: string): Function {
  if (typeof value === 'function') return value;
  throw new TypeError(`${name} must be a function`);
}

/** A function of the guest's that the embedder calls as a method of its owner. */
function method(owner: object, run: Function): Function {
  return (...args: unknown[]): unknown => apply(run as never, owner, args);
}

/** Methods of these names that an object has, its prototypes included. */
export function methodsOf(owner: Fields, names: readonly string[], path: string): Fields {
  const found = record<Fields>({});
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const run = owner[name];
    if (run !== undefined) found[name] = method(owner, functionOf(run, `${path}.${name}`));
  }
  return found;
}

/** A few values as what a call sends. */
export function listOf(...values: unknown[]): unknown[] {
  const made = list<unknown>();
  for (let i = 0; i < values.length; i++) made[i] = values[i];
  return made;
}
