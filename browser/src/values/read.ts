import { Buffer } from 'node:buffer';
import { parseJson, type BrowserClassName } from '@cofferdam/protocol';
import { refused } from '../errors.ts';

/** What a guest's arguments may refer to. */
export interface ValueSource {
  bytes: Uint8Array | undefined;
  /** What an id is of. Throws for one that is none. */
  handle(id: string): { className: BrowserClassName; target: object };
  /** The locator of an object and its chain. */
  locator(object: string, chain: unknown): object;
  /** What besides plain data and pieces of the bytes may be among them. */
  takes: ReadonlySet<ValueKind>;
}

/**
 * `pattern`: it goes to a page's own process, where one that backtracks harms nobody else. `object` (of a
 * page), `page`, `locator`: what takes data would send all that is inside of one.
 */
export type ValueKind = 'pattern' | 'object' | 'locator' | 'page';

/** As deep as arguments may nest. */
const MAX_DEPTH = 100;
const NUMBERS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
};

/** The source of a function of a guest's, which is for a page alone: nothing here ever runs it. */
export class FunctionSource {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** Reads a list of arguments. Throws a TypeError for what is none. */
export function readArguments(text: string, source: ValueSource): unknown[] {
  const list = parseJson(text, { maxDepth: MAX_DEPTH });
  if (!Array.isArray(list)) throw new TypeError('The arguments are no list');
  return list.map((each) => readValue(each, source));
}

function readValue(value: unknown, source: ValueSource): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => readValue(each, source));
  const keys = Object.keys(value);
  const [first = ''] = keys;
  if (keys.length === 1 && first.startsWith('$')) {
    const read = Object.hasOwn(TAGS, first) ? TAGS[first] : undefined;
    if (!read) throw malformed(first);
    return read((value as Record<string, unknown>)[first], source);
  }
  return readObject(value, source);
}

function readObject(value: object, source: ValueSource): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) {
    // It would be the object's prototype.
    if (key !== '__proto__') read[key] = readValue(each, source);
  }
  return read;
}

type ReadTag = (value: unknown, source: ValueSource) => unknown;

const TAGS: Readonly<Record<string, ReadTag>> = {
  $h: (id, { handle, takes }) => {
    const { className, target } = handle(textOf(id, '$h'));
    const isObject = className === 'JSHandle' || className === 'ElementHandle';
    if (isObject && takes.has('object')) return target;
    if (className === 'Page' && takes.has('page')) return target;
    throw new TypeError(`No ${className} is taken here`);
  },
  $l: (value, source) => {
    if (!source.takes.has('locator')) throw new TypeError('No locator is taken here');
    const [object, chain] = pairOf(value, '$l');
    return source.locator(textOf(object, '$l'), chain);
  },
  $r: (value, { takes }) => {
    const [pattern, flags] = pairOf(value, '$r');
    if (!takes.has('pattern')) throw refused('A RegExp is taken here only in the guest');
    return new RegExp(textOf(pattern, '$r'), textOf(flags, '$r'));
  },
  $u: () => undefined,
  $n: (name) => {
    const text = textOf(name, '$n');
    if (Object.hasOwn(NUMBERS, text)) return NUMBERS[text];
    throw malformed('$n');
  },
  $i: (digits) => {
    const text = textOf(digits, '$i');
    // Longer ones take long to read.
    if (!/^-?\d{1,1000}$/.test(text)) throw malformed('$i');
    return BigInt(text);
  },
  $d: (ms) => new Date(typeof ms === 'number' ? ms : Number.NaN),
  $b: (value, { bytes }) => {
    const [offset, length] = pairOf(value, '$b').map(Number) as [number, number];
    const whole = bytes ?? new Uint8Array();
    const isInside = [offset, length].every((each) => Number.isSafeInteger(each) && each >= 0);
    if (!isInside || offset + length > whole.byteLength) throw malformed('$b');
    return Buffer.from(whole.buffer, whole.byteOffset + offset, length);
  },
  $f: (text) => new FunctionSource(textOf(text, '$f')),
  $o: (value, source) => {
    if (typeof value !== 'object' || value === null) throw malformed('$o');
    return readObject(value, source);
  },
};

function textOf(value: unknown, tag: string): string {
  if (typeof value === 'string') return value;
  throw malformed(tag);
}

function pairOf(value: unknown, tag: string): [unknown, unknown] {
  if (Array.isArray(value) && value.length === 2) return value as [unknown, unknown];
  throw malformed(tag);
}

function malformed(tag: string): TypeError {
  return new TypeError(`An argument has a malformed ${tag.slice(0, 16)}`);
}
