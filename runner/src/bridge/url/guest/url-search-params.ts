import { primordials } from '../../../guest/captured.ts';
import { defineInterface, isSequence, list } from '../../../guest/interface.ts';
import { parseForm, serializeForm, type Pair } from './form-encoding.ts';
import { defineIterable, pairIterators } from './pair-iterator.ts';

const { apply, arraySort, getOwnPropertyDescriptor, ownKeys, stringSlice, TypeError } = primordials;
const { toWellFormed } = primordials;

const iterate = pairIterators('URLSearchParams');

/** Makes a URL's own list, which writes every change back; replaced when the URL changes. */
export let attach: (params: URLSearchParams, onChange: (query: string) => void) => void;
export let reload: (params: URLSearchParams, query: string) => void;

export class URLSearchParams {
  #pairs = list<Pair>();
  #onChange: ((query: string) => void) | undefined;

  static {
    attach = (params, onChange) => {
      params.#onChange = onChange;
    };
    reload = (params, query) => {
      params.#pairs = parseForm(query);
    };
  }

  constructor(init: unknown = '') {
    if (init === null || (typeof init !== 'object' && typeof init !== 'function')) {
      const text = usv(init);
      this.#pairs = parseForm(text[0] === '?' ? stringSlice(text, 1) : text);
    } else if (isSequence(init)) {
      this.#addSequence(init);
    } else {
      this.#addRecord(init);
    }
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: unknown, value: unknown): void {
    needs(arguments.length, 2);
    this.#pairs[this.#pairs.length] = [usv(name), usv(value)];
    this.#changed();
  }

  delete(name: unknown, value: unknown = undefined): void {
    needs(arguments.length, 1);
    const text = usv(name);
    const wanted = value === undefined ? undefined : usv(value);
    this.#keep((pair) => pair[0] !== text || (wanted !== undefined && pair[1] !== wanted));
    this.#changed();
  }

  get(name: unknown): string | null {
    needs(arguments.length, 1);
    const text = usv(name);
    for (let i = 0; i < this.#pairs.length; i++) {
      if (this.#pairs[i]![0] === text) return this.#pairs[i]![1];
    }
    return null;
  }

  getAll(name: unknown): string[] {
    needs(arguments.length, 1);
    const text = usv(name);
    const found = list<string>();
    for (let i = 0; i < this.#pairs.length; i++) {
      if (this.#pairs[i]![0] === text) found[found.length] = this.#pairs[i]![1];
    }
    return primordials.setPrototypeOf(found, primordials.Array.prototype) as string[];
  }

  has(name: unknown, value: unknown = undefined): boolean {
    needs(arguments.length, 1);
    const text = usv(name);
    const wanted = value === undefined ? undefined : usv(value);
    for (let i = 0; i < this.#pairs.length; i++) {
      const pair = this.#pairs[i]!;
      if (pair[0] === text && (wanted === undefined || pair[1] === wanted)) return true;
    }
    return false;
  }

  set(name: unknown, value: unknown): void {
    needs(arguments.length, 2);
    const text = usv(name);
    const replacement: Pair = [text, usv(value)];
    let isSet = false;
    for (let i = 0; i < this.#pairs.length && !isSet; i++) {
      if (this.#pairs[i]![0] !== text) continue;
      this.#pairs[i] = replacement;
      isSet = true;
    }
    if (isSet) this.#keep((pair) => pair[0] !== text || pair === replacement);
    else this.#pairs[this.#pairs.length] = replacement;
    this.#changed();
  }

  sort(): void {
    arraySort(this.#pairs, (a: Pair, b: Pair) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#changed();
  }

  toString(): string {
    return serializeForm(this.#pairs);
  }

  forEach(callback: unknown, receiver: unknown = undefined): void {
    if (typeof callback !== 'function') throw new TypeError('The callback must be a function');
    for (let i = 0; i < this.#pairs.length; i++) {
      apply(callback, receiver, [this.#pairs[i]![1], this.#pairs[i]![0], this]);
    }
  }

  entries(): IterableIterator<[string, string]> {
    void this.#pairs;
    return iterate(() => this.#pairs, 'entry');
  }
  keys(): IterableIterator<string> {
    void this.#pairs;
    return iterate(() => this.#pairs, 'key');
  }
  values(): IterableIterator<string> {
    void this.#pairs;
    return iterate(() => this.#pairs, 'value');
  }

  #keep(test: (pair: Pair) => boolean): void {
    const kept = list<Pair>();
    for (let i = 0; i < this.#pairs.length; i++) {
      if (test(this.#pairs[i]!)) kept[kept.length] = this.#pairs[i]!;
    }
    this.#pairs = kept;
  }

  /** Where a record's name stands: two that differ in lone surrogates only are one. */
  #placeOf(name: string): number {
    for (let i = 0; i < this.#pairs.length; i++) if (this.#pairs[i]![0] === name) return i;
    return this.#pairs.length;
  }

  #changed(): void {
    this.#onChange?.(serializeForm(this.#pairs));
  }

  #addSequence(init: Iterable<unknown>): void {
    const walk = init[primordials.iterator]();
    for (let step = walk.next(); !step.done; step = walk.next()) {
      const parts = sequenceOf(step.value);
      if (parts.length !== 2) throw new TypeError('Each pair must have a name and a value');
      this.#pairs[this.#pairs.length] = [usv(parts[0]), usv(parts[1])];
    }
  }

  #addRecord(init: object): void {
    const names = ownKeys(init);
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      if (!getOwnPropertyDescriptor(init, name)?.enumerable) continue;
      const text = usv(name);
      const value = usv((init as Record<PropertyKey, unknown>)[name]);
      this.#pairs[this.#placeOf(text)] = [text, value];
    }
  }
}

defineInterface(URLSearchParams, 'URLSearchParams');
defineIterable(URLSearchParams);

function sequenceOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null)
    throw new TypeError('Each pair must be iterable');
  const parts = list<unknown>();
  const walk = (value as Iterable<unknown>)[primordials.iterator]();
  for (let step = walk.next(); !step.done; step = walk.next()) {
    // Three are too many already; an endless iterator would never stop.
    if (parts.length > 2) break;
    parts[parts.length] = step.value;
  }
  return parts;
}

/** A USVString: text without lone surrogates. */
export function usv(value: unknown): string {
  return toWellFormed(`${value as string}`);
}

function needs(given: number, wanted: number): void {
  if (given < wanted)
    throw new TypeError(`${wanted} arguments required, but only ${given} present`);
}
