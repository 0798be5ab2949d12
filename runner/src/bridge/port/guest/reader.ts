import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { decodeBase64 } from '../../encoding/guest/base64.ts';
import { ownBuffer } from '../../encoding/guest/utf8.ts';
import { errorOf } from './errors.ts';
import type { ForeignTable } from './foreign.ts';
import type { OwnedTable } from './owned.ts';
import type { SignalTable } from './signals.ts';

const { BigInt, charCodeAt, construct, DataView, Date, defineProperty, hasOwn } = primordials;
const { isArray, Map, mapSet, objectKeys, Set, setAdd, TypeError, typedLength } = primordials;
const NOT_A_NUMBER = 0 / 0;
const DOLLAR = 0x24;

/** Views by name; an element's size divides what is read. */
const VIEWS: Record<string, Function> = record({
  BigInt64Array: primordials.BigInt64Array,
  BigUint64Array: primordials.BigUint64Array,
  DataView,
  Float16Array: primordials.Float16Array as Function,
  Float32Array: primordials.Float32Array,
  Float64Array: primordials.Float64Array,
  Int16Array: primordials.Int16Array,
  Int32Array: primordials.Int32Array,
  Int8Array: primordials.Int8Array,
  Uint16Array: primordials.Uint16Array,
  Uint32Array: primordials.Uint32Array,
  Uint8Array: primordials.Uint8Array,
  Uint8ClampedArray: primordials.Uint8ClampedArray,
});

const NUMBERS: Record<string, number> = record({
  NaN: NOT_A_NUMBER,
  Infinity: 1 / 0,
  '-Infinity': -1 / 0,
  '-0': -0,
});

interface Sources {
  readonly owned: OwnedTable;
  readonly foreign: ForeignTable;
  readonly signals: SignalTable;
}

/** Makes the values of parsed messages, in place: what has no tag is what it should be already. */
export class Reader {
  readonly #sources: Sources;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  read(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (isArray(value)) return this.#items(value);
    const names = objectKeys(value);
    if (names.length === 1 && charCodeAt(names[0]!, 0) === DOLLAR) {
      return this.#tagged(names[0]!, (value as Record<string, unknown>)[names[0]!]);
    }
    const fields = value as Record<string, unknown>;
    for (let i = 0; i < names.length; i++) {
      const inner = fields[names[i]!];
      // The field is the object's own: no setter of a prototype is in its way.
      if (typeof inner === 'object' && inner !== null) fields[names[i]!] = this.read(inner);
    }
    return value;
  }

  #items(items: unknown[]): unknown[] {
    for (let i = 0; i < items.length; i++) {
      const inner = items[i];
      if (typeof inner === 'object' && inner !== null) items[i] = this.read(inner);
    }
    return items;
  }

  #tagged(tag: string, content: unknown): unknown {
    const { owned, foreign, signals } = this.#sources;
    switch (tag) {
      case '$f':
        return foreign.receive(content as number, 'function');
      case '$a':
        return foreign.receive(content as number, 'iterable');
      case '$r':
        return owned.get(content)?.value;
      case '$g':
        return isArray(content)
          ? signals.aborted(this.read(content[0]))
          : signals.receive(content as number);
      case '$e':
        return errorOf(content as object);
      default:
        return this.#data(tag, content);
    }
  }

  #data(tag: string, content: unknown): unknown {
    switch (tag) {
      case '$u':
        return undefined;
      case '$n':
        return NUMBERS[content as string];
      case '$i':
        return BigInt(content as string);
      case '$d':
        return new Date(content === null ? NOT_A_NUMBER : (content as number));
      case '$b':
        return bytesOf(content as [string, string]);
      default:
        return this.#collection(tag, content as unknown[]);
    }
  }

  #collection(tag: string, content: unknown[]): unknown {
    if (!isArray(content)) throw new TypeError('The host sent what cannot be read');
    if (tag === '$m') return this.#map(content as [unknown, unknown][]);
    if (tag === '$s') return this.#set(content);
    if (tag === '$o') return this.#fields(content as [string, unknown][]);
    throw new TypeError('The host sent what cannot be read');
  }

  #map(pairs: [unknown, unknown][]): Map<unknown, unknown> {
    const made = new Map<unknown, unknown>();
    for (let i = 0; i < pairs.length; i++) {
      mapSet(made, this.read(pairs[i]![0]), this.read(pairs[i]![1]));
    }
    return made;
  }

  #set(items: unknown[]): Set<unknown> {
    const made = new Set<unknown>();
    for (let i = 0; i < items.length; i++) setAdd(made, this.read(items[i]));
    return made;
  }

  #fields(pairs: [string, unknown][]): object {
    const made = {};
    for (let i = 0; i < pairs.length; i++) {
      const value = this.read(pairs[i]![1]);
      const field = { value, writable: true, enumerable: true, configurable: true };
      defineProperty(made, pairs[i]![0], record(field));
    }
    return made;
  }
}

function bytesOf(content: [string, string]): unknown {
  const bytes = decodeBase64(content[1]);
  const buffer = ownBuffer(bytes, 0, typedLength(bytes));
  if (content[0] === 'ArrayBuffer') return buffer;
  if (!hasOwn(VIEWS, content[0])) throw new TypeError('The host sent what cannot be read');
  return construct(VIEWS[content[0]]!, [buffer]);
}
