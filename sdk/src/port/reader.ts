import { CofferdamError } from '@cofferdam/protocol';
import { MAX_BIGINT_DIGITS } from './bounds.ts';
import { guestError } from './guest-error.ts';
import { portError } from './port-error.ts';
import { readBytes } from './read-bytes.ts';
import type { Tables } from './writer.ts';

const NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);
const DIGITS = /^-?\d+$/;
const MAX_TIME = 8.64e15;

/** Makes the values of a guest's messages, in place: what has no tag is what it should be already. */
export class Reader {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /**
   * `signals` gets those that the value has. Throws `PROTOCOL_VIOLATION`, and `REFERENCE_GONE` for a
   * reference that was given up meanwhile, as may happen to an iterator that ended.
   */
  read(value: unknown, signals?: AbortSignal[]): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return this.#items(value, signals);
    const fields = value as Record<string, unknown>;
    const names = Object.keys(fields);
    const [first] = names;
    if (names.length === 1 && first!.startsWith('$')) {
      return this.#tagged(first!, fields[first!], signals);
    }
    for (const name of names) {
      const inner = fields[name];
      // The field is the object's own: also one that is named __proto__ is only set.
      if (typeof inner === 'object' && inner !== null) fields[name] = this.read(inner, signals);
    }
    return fields;
  }

  #items(items: unknown[], signals?: AbortSignal[]): unknown[] {
    for (let i = 0; i < items.length; i++) {
      const inner = items[i];
      if (typeof inner === 'object' && inner !== null) items[i] = this.read(inner, signals);
    }
    return items;
  }

  #tagged(tag: string, content: unknown, signals?: AbortSignal[]): unknown {
    switch (tag) {
      case '$f':
        return this.#tables.foreign.receive(readId(content), 'function');
      case '$a':
        return this.#tables.foreign.receive(readId(content), 'iterable');
      case '$r':
        return this.#own(readId(content));
      case '$g':
        return this.#signal(content, signals);
      case '$m':
      case '$s':
      case '$o':
        return this.#collection(tag, content, signals);
      default:
        return readData(tag, content);
    }
  }

  #own(id: number): object {
    const owned = this.#tables.owned.get(id);
    if (owned) return owned.value;
    throw portError('REFERENCE_GONE', 'The reference is not held any more');
  }

  #signal(content: unknown, signals?: AbortSignal[]): AbortSignal {
    const signal = Array.isArray(content)
      ? AbortSignal.abort(this.read(content[0]))
      : this.#tables.signals.receive(readId(content));
    signals?.push(signal);
    return signal;
  }

  #collection(tag: string, content: unknown, signals?: AbortSignal[]): unknown {
    if (!Array.isArray(content)) throw unreadable(tag);
    if (tag === '$s') return new Set(this.#items(content, signals));
    const pairs = content.map((pair: unknown) => {
      if (!Array.isArray(pair) || pair.length !== 2) throw unreadable(tag);
      return this.#items(pair, signals) as [unknown, unknown];
    });
    if (tag === '$m') return new Map(pairs);
    // Defines, and so makes a field of what is named __proto__.
    return Object.fromEntries(pairs.map(([name, value]) => [readText(name), value]));
  }
}

function readData(tag: string, content: unknown): unknown {
  switch (tag) {
    case '$u':
      return undefined;
    case '$n':
      return readNumber(content);
    case '$i':
      return readBigint(content);
    case '$d':
      return readDate(content);
    case '$b':
      return readBytes(content);
    case '$e':
      return guestError(content);
    default:
      throw unreadable(tag);
  }
}

function readNumber(content: unknown): number {
  const number = NUMBERS.get(content);
  if (number === undefined) throw unreadable('$n');
  return number;
}

function readBigint(content: unknown): bigint {
  const text = readText(content);
  if (text.length > MAX_BIGINT_DIGITS + 1 || !DIGITS.test(text)) throw unreadable('$i');
  return BigInt(text);
}

function readDate(content: unknown): Date {
  if (content === null) return new Date(Number.NaN);
  if (typeof content !== 'number' || Math.abs(content) > MAX_TIME) throw unreadable('$d');
  return new Date(content);
}

function readText(content: unknown): string {
  if (typeof content === 'string') return content;
  throw unreadable('text');
}

/** A number of a call, a reference or a signal. */
export function readId(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw unreadable('id');
}

function unreadable(what: string): CofferdamError {
  return new CofferdamError('PROTOCOL_VIOLATION', `a value of the port cannot be read: ${what}`);
}
