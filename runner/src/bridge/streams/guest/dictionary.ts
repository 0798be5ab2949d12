import { core, primordials } from '../../../guest/captured.ts';

const { apply, TypeError, RangeError, trunc } = primordials;

/** Web IDL's dictionaries: nothing, or any object. */
export function dictionary(value: unknown, what: string): Record<string, unknown> | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'object' || typeof value === 'function')
    return value as Record<string, unknown>;
  throw new TypeError(`${what} must be an object`);
}

/** One that is called at some later time, in the async context that the stream was made in. */
export function callback(holder: Record<string, unknown> | undefined, name: string): any {
  const value = functionIn(holder, name);
  return value && core.carry(value);
}

/** A member that is a function, or `undefined`. It is read once, as the standard has it. */
function functionIn(
  holder: Record<string, unknown> | undefined,
  name: string,
): Function | undefined {
  const value = holder?.[name];
  if (value === undefined || typeof value === 'function') return value;
  throw new TypeError(`${name} must be a function`);
}

export interface Strategy {
  highWaterMark: number | undefined;
  size: ((chunk: unknown) => number) | undefined;
}

export function strategyOf(value: unknown): Strategy {
  const given = dictionary(value, 'The strategy');
  const mark = given?.highWaterMark;
  const highWaterMark = mark === undefined ? undefined : +(mark as number);
  const size = functionIn(given, 'size');
  return {
    highWaterMark,
    size: size && ((chunk) => +(apply(size, undefined, [chunk]) as number)),
  };
}

export function highWaterMarkOf({ highWaterMark }: Strategy, fallback: number): number {
  if (highWaterMark === undefined) return fallback;
  if (highWaterMark >= 0) return highWaterMark;
  throw new RangeError('highWaterMark must be a number that is not negative');
}

/** Web IDL's `[EnforceRange] unsigned long long`. */
export function wholeNumber(value: unknown, what: string): number {
  const number = trunc(+(value as number));
  if (number >= 0 && number <= 2 ** 53 - 1) return number + 0;
  throw new TypeError(`${what} must be a whole number that is not negative`);
}

/** Web IDL's `object`, which may be left out, and must not be null. */
export function objectOf(value: unknown, what: string): Record<string, unknown> | undefined {
  if (value === null) throw new TypeError(`${what} must be an object`);
  return dictionary(value, what);
}
