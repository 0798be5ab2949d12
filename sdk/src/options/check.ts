import { isBoxedPrimitive, isMap, isPromise, isSet } from 'node:util/types';
import { CofferdamError } from '@cofferdam/protocol';

/** Says whether a value will do; answers what it has to be where it will not. */
export type Check<T> = (value: unknown, name: string) => T;

/** Throws `INVALID_INPUT`, which names the option: `daemon.timeoutMs must be …`. */
export function invalid(name: string, mustBe: string, value: unknown): CofferdamError {
  return new CofferdamError('INVALID_INPUT', `${name} must be ${mustBe}, not ${described(value)}`);
}

function isList(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false; // a proxy that was revoked
  }
}

/** A value in a message: short, and never what an object holds. */
function described(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 80)}'`;
  if (value === null || ['number', 'boolean', 'undefined', 'bigint'].includes(typeof value)) {
    return String(value);
  }
  if (isList(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

export const aBoolean: Check<boolean> = (value, name) => {
  if (typeof value === 'boolean') return value;
  throw invalid(name, 'true or false', value);
};

export function anInteger(minimum: number, maximum: number): Check<number> {
  return (value, name) => {
    const inside = Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum;
    if (inside) return value as number;
    throw invalid(name, `a whole number from ${minimum} to ${maximum}`, value);
  };
}

export function aText(maxLength: number, { minLength = 1 } = {}): Check<string> {
  return (value, name) => {
    if (typeof value === 'string' && value.length >= minLength && value.length <= maxLength) {
      return value;
    }
    throw invalid(name, `a text of ${minLength} to ${maxLength} characters`, value);
  };
}

export function oneOf<const T extends string>(...allowed: T[]): Check<T> {
  return (value, name) => {
    if (allowed.includes(value as T)) return value as T;
    throw invalid(name, allowed.map((each) => `'${each}'`).join(' or '), value);
  };
}

export const aSignal: Check<AbortSignal> = (value, name) => {
  // What only inherits from a signal throws when it is asked.
  if (value instanceof AbortSignal && typeof value.aborted === 'boolean') return value;
  throw invalid(name, 'an AbortSignal', value);
};

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- what it takes is its owner's
export const aFunction: Check<Function> = (value, name) => {
  if (typeof value === 'function') return value;
  throw invalid(name, 'a function', value);
};

export const anObject: Check<Record<string, unknown>> = (value, name) => {
  if (typeof value === 'object' && value !== null && !holdsNoFields(value)) {
    return value as Record<string, unknown>;
  }
  throw invalid(name || 'the options', 'an object', value);
};

/** What would be taken for an object without any option: what is meant is inside. */
function holdsNoFields(value: object): boolean {
  const isWrapping = isPromise(value) || isBoxedPrimitive(value) || isMap(value) || isSet(value);
  return isWrapping || isList(value);
}

/** Reads what its author's getters or traps may refuse; the error names the option then. */
export function readable<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof CofferdamError) throw cause;
    throw new CofferdamError('INVALID_INPUT', `${name} cannot be read`, { cause });
  }
}

/** An object whose methods of these names, where it has them, are functions. */
export function methods(...names: string[]): Check<object> {
  return (value, name) => {
    const object = anObject(value, name);
    for (const method of names) {
      const full = `${name}.${method}`;
      readable(full, () => checkedField(object[method], full, aFunction));
    }
    return object;
  };
}

type Checks = Record<string, Check<unknown>>;
type Checked<C extends Checks> = { [K in keyof C]?: ReturnType<C[K]> };

/** Reads an object of options: an unknown one is refused, one that is `undefined` is as if missing. */
export function options<C extends Checks>(checks: C): Check<Checked<C>> {
  return (value, name) => {
    const read: Record<string, unknown> = {};
    const { object, names } = readable(name || 'the options', () => {
      const given = value === undefined ? {} : anObject(value, name);
      return { object: given, names: Object.keys(given) };
    });
    for (const key of names) {
      const full = name ? `${name}.${key}` : key;
      const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
      if (!check) throw unknownOption(full, Object.keys(checks));
      const checked = readable(full, () => checkedField(object[key], full, check));
      if (checked !== undefined) read[key] = checked;
    }
    return read as Checked<C>;
  };
}

function checkedField(value: unknown, name: string, check: Check<unknown>): unknown {
  return value === undefined ? undefined : check(value, name);
}

function unknownOption(name: string, known: string[]): CofferdamError {
  const message = `unknown option '${name.slice(0, 128)}'; there are ${known.join(', ')}`;
  return new CofferdamError('INVALID_INPUT', message);
}
