import { primordials } from '../../../../guest/captured.ts';
import { record } from '../../../../guest/interface.ts';
import { equals } from './equals.ts';
import { enumerableKeys } from './field-equality.ts';
import { isObject, isRegExp, unboxed } from './kinds.ts';
import { type Mode, modeWithin } from './mode.ts';
import type { Printer } from './printer.ts';
import { firstMatch } from './regexp-match.ts';

const {
  BigInt,
  Boolean,
  Function,
  hasOwn,
  getPrototypeOf,
  isArray,
  Number,
  Object,
  RegExp,
  String,
} = primordials;
const { apply, stringIndexOf, Symbol, TypeError } = primordials;

/** By which libraries know each other's asymmetric matchers. */
const ASYMMETRIC = Symbol.for('jest.asymmetricMatcher');

export interface AsymmetricSpec {
  name: string;
  sample?: unknown;
  /** Whether a value is of the kind that it can match at all; with `not` too. Default: every one is. */
  applies?(other: unknown): boolean;
  matches(other: unknown, mode: Mode): boolean;
  /** What stands behind the name in a text. */
  print?(printer: Printer): string;
}

/** Stands within an expected value for all the values that it matches. */
export class AsymmetricMatcher {
  readonly $$typeof = ASYMMETRIC;
  readonly sample: unknown;
  readonly inverse: boolean;
  readonly #spec: AsymmetricSpec;

  constructor(spec: AsymmetricSpec, inverse: boolean) {
    this.sample = spec.sample;
    this.inverse = inverse;
    this.#spec = spec;
  }

  asymmetricMatch(other: unknown, mode?: unknown): boolean {
    const spec = this.#spec;
    if (spec.applies && !spec.applies(other)) return false;
    return spec.matches(other, modeWithin(mode)) !== this.inverse;
  }

  toString(): string {
    return this.#spec.name;
  }

  /** The text of one of ours; `undefined` for any other value. */
  static print(value: object, printer: Printer): string | undefined {
    if (!(#spec in value)) return undefined;
    const { name, print } = value.#spec;
    return print ? `${name} ${print(printer)}` : name;
  }
}

export function anything(): AsymmetricMatcher {
  const matches = (other: unknown) => other !== null && other !== undefined;
  return new AsymmetricMatcher(record({ name: 'Anything', matches }), false);
}

export function any(sample: unknown): AsymmetricMatcher {
  if (typeof sample !== 'function') throw new TypeError('expect.any() needs a constructor');
  const { name } = sample;
  const matches = (other: unknown) => isOne(other, sample);
  return new AsymmetricMatcher(
    record({ name: `Any<${name || '<anonymous>'}>`, sample, matches }),
    false,
  );
}

/** Primitives count as what their constructors make; `null` is an object, as `typeof` says. */
function isOne(other: unknown, sample: Function): boolean {
  switch (sample) {
    case String:
    case Number:
    case Boolean:
    case BigInt:
    case Symbol:
    case Function:
    case Object:
      if (typeof other === TYPES[sample.name]) return true;
      return sample !== Object && other instanceof sample;
    default:
      return other instanceof sample;
  }
}
const TYPES: Record<string, string> = record({
  String: 'string',
  Number: 'number',
  Boolean: 'boolean',
  BigInt: 'bigint',
  Symbol: 'symbol',
  Function: 'function',
  Object: 'object',
});

export function objectContaining(sample: unknown, inverse = false): AsymmetricMatcher {
  if (typeof sample !== 'object' || sample === null) {
    throw new TypeError('expect.objectContaining() needs an object');
  }
  return new AsymmetricMatcher(
    record<AsymmetricSpec>({
      name: inverse ? 'ObjectNotContaining' : 'ObjectContaining',
      sample,
      matches: (other, mode) => containsFields(other, sample as Fields, mode),
      print: (printer) => `{${printer.fields(sample)}}`,
    }),
    inverse,
  );
}
type Fields = Record<PropertyKey, unknown>;

function containsFields(other: unknown, sample: Fields, mode: Mode): boolean {
  const names = enumerableKeys(sample);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (!isWithin(other, name)) return false;
    if (!equals(sample[name], (other as Fields)[name], mode)) return false;
  }
  return true;
}

/** Also what a class's prototype has. */
function isWithin(value: unknown, name: PropertyKey): boolean {
  if (!value) return false;
  let holder = Object(value) as object | null;
  while (holder) {
    if (hasOwn(holder, name)) return true;
    holder = getPrototypeOf(holder) as object | null;
  }
  return false;
}

export function arrayContaining(sample: unknown, inverse = false): AsymmetricMatcher {
  if (!isArray(sample)) throw new TypeError('expect.arrayContaining() needs an array');
  return new AsymmetricMatcher(
    record<AsymmetricSpec>({
      name: inverse ? 'ArrayNotContaining' : 'ArrayContaining',
      sample,
      matches: (other, mode) => containsItems(other, sample, mode),
      print: (printer) => `[${printer.items(sample)}]`,
    }),
    inverse,
  );
}

function containsItems(other: unknown, sample: readonly unknown[], mode: Mode): boolean {
  if (sample.length === 0) return true;
  if (!isArray(other)) return false;
  for (let i = 0; i < sample.length; i++) {
    if (!hasItem(other, sample[i], mode)) return false;
  }
  return true;
}

function hasItem(items: readonly unknown[], item: unknown, mode: Mode): boolean {
  for (let i = 0; i < items.length; i++) if (equals(item, items[i], mode)) return true;
  return false;
}

export function stringContaining(sample: unknown, inverse = false): AsymmetricMatcher {
  if (typeof sample !== 'string') throw new TypeError('expect.stringContaining() needs a string');
  return new AsymmetricMatcher(
    record<AsymmetricSpec>({
      name: inverse ? 'StringNotContaining' : 'StringContaining',
      sample,
      matches: (other) => holdsText(other, (text) => stringIndexOf(text, sample) !== -1),
      print: (printer) => printer.text(sample),
    }),
    inverse,
  );
}

export function stringMatching(sample: unknown, inverse = false): AsymmetricMatcher {
  const isPattern = typeof sample === 'object' && sample !== null && isRegExp(sample);
  if (!isPattern && typeof sample !== 'string') {
    throw new TypeError('expect.stringMatching() needs a string or a RegExp');
  }
  const pattern = new RegExp(sample as RegExp);
  return new AsymmetricMatcher(
    record<AsymmetricSpec>({
      name: inverse ? 'StringNotMatching' : 'StringMatching',
      sample: pattern,
      matches: (other) => holdsText(other, (text) => firstMatch(pattern, text)),
      print: (printer) => printer.text(pattern),
    }),
    inverse,
  );
}

export function closeTo(sample: unknown, digits: unknown = 2, inverse = false): AsymmetricMatcher {
  if (typeof sample !== 'number' || typeof digits !== 'number') {
    throw new TypeError('expect.closeTo() needs a number, and a number of digits');
  }
  return new AsymmetricMatcher(
    record<AsymmetricSpec>({
      name: inverse ? 'NumberNotCloseTo' : 'NumberCloseTo',
      sample,
      applies: (other) => typeof primitive(other) === 'number',
      matches: (other) => areClose(primitive(other) as number, sample, digits),
      print: () => `${sample} (${digits} ${digits === 1 ? 'digit' : 'digits'})`,
    }),
    inverse,
  );
}

/** The primitive in an object made of one; any other value as it is. */
function primitive(value: unknown): unknown {
  return isObject(value) ? unboxed(value) : value;
}

function holdsText(value: unknown, holds: (text: string) => boolean): boolean {
  const text = primitive(value);
  return typeof text === 'string' && holds(text);
}

/** Whether two numbers differ by less than half of the last digit. */
export function areClose(a: number, b: number, digits: number): boolean {
  if (a === b) return true;
  const difference = a > b ? a - b : b - a;
  return difference < 10 ** -digits / 2;
}

/** What `expect.extend` adds: a matcher's name, with what it is given, in the place of a value. */
export function asymmetricOf(
  name: string,
  inverse: boolean,
  { sample, matches, text }: { sample: unknown[]; matches(other: unknown): boolean; text: string },
): AsymmetricMatcher {
  const shown = `${inverse ? 'not.' : ''}${name}<${text}>`;
  return new AsymmetricMatcher(record<AsymmetricSpec>({ name: shown, sample, matches }), inverse);
}

/** The text of another library's asymmetric matcher. */
export function foreignText(value: object): string | undefined {
  const foreign = value as { $$typeof?: unknown; toAsymmetricMatcher?: unknown };
  if (foreign.$$typeof !== ASYMMETRIC || typeof foreign.toAsymmetricMatcher !== 'function') {
    return undefined;
  }
  return String(apply(foreign.toAsymmetricMatcher, value, []));
}
