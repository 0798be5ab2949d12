import type { FunctionType, ValueType } from './webassembly.ts';

/** What a caller gives: a number, or the decimal text of an i64. */
export type Given = number | string;

const I32 = { from: -(2 ** 31), to: 2 ** 32 - 1 };
const I64 = { from: -(2n ** 63n), to: 2n ** 64n - 1n };

/** Thrown for what the caller asked for and the module does not fit. */
export class CallError extends TypeError {
  override name = 'TypeError';
}

/** A given value as one of the type; `undefined` when it is none. */
export function valueOf(type: ValueType, given: Given): number | bigint | undefined {
  if (type === 'i64') return bigintOf(given);
  if (typeof given !== 'number') return undefined;
  if (type === 'f32' || type === 'f64') return given;
  const fits = Number.isInteger(given) && given >= I32.from && given <= I32.to;
  return type === 'i32' && fits ? given : undefined;
}

function bigintOf(given: Given): bigint | undefined {
  if (typeof given === 'number' && !Number.isSafeInteger(given)) return undefined;
  const value = BigInt(given);
  return value >= I64.from && value <= I64.to ? value : undefined;
}

const MEANINGS: Record<string, string> = {
  i32: 'a whole number of 32 bits',
  i64: 'a whole number of 64 bits (a number up to 2^53, or its decimal text)',
  f32: 'a number',
  f64: 'a number',
};

/** What a value of the type looks like in a request. */
export function meaningOf(type: ValueType): string {
  return MEANINGS[type] ?? `a ${type}, which no request can give`;
}

/** The arguments as the function takes them. Throws a {@link CallError} that says what it expects. */
export function argumentsOf(
  entry: string,
  { parameters }: FunctionType,
  given: readonly Given[],
): (number | bigint)[] {
  if (given.length !== parameters.length) {
    const count = `${parameters.length} argument${parameters.length === 1 ? '' : 's'}`;
    const types = parameters.length > 0 ? ` (${shortList(parameters)})` : '';
    throw new CallError(`${entry} expects ${count}${types}, got ${given.length}`);
  }
  return parameters.map((type, index) => {
    const value = valueOf(type, given[index]!);
    if (value !== undefined) return value;
    throw new CallError(
      `argument ${index + 1} of ${entry} is an ${type}: expected ${meaningOf(type)}, got ${JSON.stringify(given[index])}`,
    );
  });
}

const MAX_LISTED = 32;
const MAX_NAME = 64;

/** Names for a message: bounded, since a module may have a hundred thousand. */
export function shortList(names: readonly string[]): string {
  const listed = names.slice(0, MAX_LISTED).map((name) => name.slice(0, MAX_NAME));
  if (names.length > MAX_LISTED) listed.push(`… ${names.length - MAX_LISTED} more`);
  return listed.join(', ');
}

/** A function's results as JSON text: i64 as decimal text, several as an array. */
export function resultText(value: unknown): { text: string | undefined } | { refused: string } {
  if (value === undefined) return { text: undefined };
  if (!Array.isArray(value)) return plainText(value, 'result');
  const texts: string[] = [];
  for (const [index, item] of value.entries()) {
    const plain = plainText(item, `result[${index}]`);
    if ('refused' in plain) return plain;
    texts.push(plain.text);
  }
  return { text: `[${texts.join(',')}]` };
}

function plainText(value: unknown, path: string): { text: string } | { refused: string } {
  if (typeof value === 'bigint') return { text: `"${value}"` };
  if (typeof value === 'number') return { text: JSON.stringify(value) };
  return value === null || value === undefined ? { text: 'null' } : { refused: path };
}

/** A value of the type for when nobody said which: zero, or no reference. */
export function zeroOf(type: ValueType): number | bigint | null {
  if (type === 'i64') return 0n;
  return type === 'i32' || type === 'f32' || type === 'f64' ? 0 : null;
}
