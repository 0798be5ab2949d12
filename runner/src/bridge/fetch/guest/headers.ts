import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, isSequence, list } from '../../../guest/interface.ts';
import type { UrlGroup } from '../../url/guest.ts';

const { apply, Array, arraySort, charCodeAt, getOwnPropertyDescriptor, ownKeys } = primordials;
const { regexpExec, setPrototypeOf, stringSlice, toLowerCase, TypeError } = primordials;
const { defineIterable, pairIterators } = core.use<UrlGroup>('url');

/** A name as it was given, and a value. */
type Header = [name: string, value: string];

/** `request`: those that only the platform may set are dropped. `immutable`: nothing changes. */
export type Guard = 'none' | 'request' | 'response' | 'immutable';

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What would change whom a request goes to, or how long it is, beside what policy was told. */
const FORBIDDEN =
  /^(?:connection|content-length|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|via)$/;
const SET_COOKIE = 'set-cookie';

const iterate = pairIterators('Headers');

export let guardOf: (headers: Headers, guard: Guard) => Headers;
export let rawOf: (headers: Headers) => readonly Header[];
/** Of pairs that the host has checked; nothing changes them. */
export let receivedHeaders: (pairs: readonly Header[]) => Headers;
let isHeaders: (value: unknown) => value is Headers;

export class Headers {
  #headers = list<Header>();
  #guard: Guard = 'none';

  static {
    guardOf = (headers, guard) => {
      headers.#guard = guard;
      return headers;
    };
    rawOf = (headers) => headers.#headers;
    receivedHeaders = (pairs) => {
      const headers = new Headers();
      for (let i = 0; i < pairs.length; i++) headers.#headers[i] = pairs[i]!;
      headers.#guard = 'immutable';
      return headers;
    };
    isHeaders = (value): value is Headers =>
      typeof value === 'object' && value !== null && #headers in value;
  }

  constructor(init: unknown = undefined) {
    if (init !== undefined) this.#fill(init);
  }

  append(name: unknown, value: unknown): void {
    needs(arguments.length, 2);
    this.#append(name, value);
  }

  delete(name: unknown): void {
    needs(arguments.length, 1);
    const wanted = lowerName(name);
    if (this.#mayChange(wanted)) this.#keep((header) => toLowerCase(header[0]) !== wanted);
  }

  get(name: unknown): string | null {
    needs(arguments.length, 1);
    return this.#value(lowerName(name));
  }

  #value(wanted: string): string | null {
    let joined: string | null = null;
    for (let i = 0; i < this.#headers.length; i++) {
      const header = this.#headers[i]!;
      if (toLowerCase(header[0]) !== wanted) continue;
      joined = joined === null ? header[1] : `${joined}, ${header[1]}`;
    }
    return joined;
  }

  getSetCookie(): string[] {
    const values = list<string>();
    for (let i = 0; i < this.#headers.length; i++) {
      const header = this.#headers[i]!;
      if (toLowerCase(header[0]) === SET_COOKIE) values[values.length] = header[1];
    }
    return setPrototypeOf(values, Array.prototype) as string[];
  }

  has(name: unknown): boolean {
    needs(arguments.length, 1);
    return this.#value(lowerName(name)) !== null;
  }

  set(name: unknown, value: unknown): void {
    needs(arguments.length, 2);
    const header = checked(name, value);
    const wanted = toLowerCase(header[0]);
    if (!this.#mayChange(wanted)) return;
    this.#keep((known) => toLowerCase(known[0]) !== wanted);
    this.#headers[this.#headers.length] = header;
  }

  forEach(callback: unknown, receiver: unknown = undefined): void {
    if (typeof callback !== 'function') throw new TypeError('The callback must be a function');
    // Sorted again for each, since the callback may change them.
    for (let i = 0, all = this.#sorted(); i < all.length; i++, all = this.#sorted()) {
      const header = all[i]!;
      apply(callback, receiver, [header[1], header[0], this]);
    }
  }

  entries(): IterableIterator<[string, string]> {
    void this.#headers;
    return iterate(() => this.#sorted(), 'entry');
  }
  keys(): IterableIterator<string> {
    void this.#headers;
    return iterate(() => this.#sorted(), 'key');
  }
  values(): IterableIterator<string> {
    void this.#headers;
    return iterate(() => this.#sorted(), 'value');
  }

  #append(name: unknown, value: unknown): void {
    const header = checked(name, value);
    if (!this.#mayChange(header[0])) return;
    this.#headers[this.#headers.length] = header;
  }

  #mayChange(name: string): boolean {
    if (this.#guard === 'immutable') throw new TypeError('The headers are immutable');
    return this.#guard !== 'request' || regexpExec(FORBIDDEN, toLowerCase(name)) === null;
  }

  #keep(test: (header: Header) => boolean): void {
    const kept = list<Header>();
    for (let i = 0; i < this.#headers.length; i++) {
      if (test(this.#headers[i]!)) kept[kept.length] = this.#headers[i]!;
    }
    this.#headers = kept;
  }

  /** Sorted by name and joined, but for cookies, which have commas of their own. */
  #sorted(): Header[] {
    const sorted = list<Header>();
    for (let i = 0; i < this.#headers.length; i++) {
      const name = toLowerCase(this.#headers[i]![0]);
      const isCookie = name === SET_COOKIE;
      if (!isCookie && hasName(sorted, name)) continue;
      sorted[sorted.length] = [name, isCookie ? this.#headers[i]![1] : this.#value(name)!];
    }
    arraySort(sorted, (a: Header, b: Header) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    return sorted;
  }

  #fill(init: unknown): void {
    if (typeof init !== 'object' || init === null) {
      throw new TypeError('Headers are made of an object or of pairs');
    }
    if (isHeaders(init)) {
      for (let i = 0; i < init.#headers.length; i++) {
        this.#append(init.#headers[i]![0], init.#headers[i]![1]);
      }
    } else if (isSequence(init)) {
      this.#fillFromPairs(init as Iterable<Iterable<unknown>>);
    } else {
      this.#fillFromRecord(init as Record<PropertyKey, unknown>);
    }
  }

  #fillFromPairs(init: Iterable<Iterable<unknown>>): void {
    const walk = init[primordials.iterator]();
    for (let step = walk.next(); !step.done; step = walk.next()) {
      const parts = list<unknown>();
      const pair = step.value[primordials.iterator]();
      for (let part = pair.next(); !part.done && parts.length < 3; part = pair.next()) {
        parts[parts.length] = part.value;
      }
      if (parts.length !== 2) throw new TypeError('Each pair must have a name and a value');
      this.#append(parts[0], parts[1]);
    }
  }

  #fillFromRecord(init: Record<PropertyKey, unknown>): void {
    const names = ownKeys(init);
    const read = list<[string, string]>();
    for (let i = 0; i < names.length; i++) {
      if (!getOwnPropertyDescriptor(init, names[i]!)?.enumerable) continue;
      const name = `${names[i] as string}`;
      read[read.length] = [name, `${init[names[i]!] as string}`];
    }
    // All is read, as Web IDL has it, before any of it is looked at.
    for (let i = 0; i < read.length; i++) this.#append(read[i]![0], read[i]![1]);
  }
}

defineInterface(Headers, 'Headers');
defineIterable(Headers);

function needs(given: number, wanted: number): void {
  if (given < wanted) {
    throw new TypeError(`${wanted} arguments required, but only ${given} present`);
  }
}

function hasName(headers: readonly Header[], name: string): boolean {
  for (let i = 0; i < headers.length; i++) {
    if (headers[i]![0] === name) return true;
  }
  return false;
}

function lowerName(name: unknown): string {
  const text = `${name as string}`;
  if (regexpExec(NAME, text) === null)
    throw new TypeError(`Invalid header name: ${stringSlice(text, 0, 64)}`);
  return toLowerCase(text);
}

function checked(name: unknown, value: unknown): Header {
  const text = `${name as string}`;
  lowerName(text);
  const content = trimmed(`${value as string}`);
  if (regexpExec(VALUE, content) === null) {
    throw new TypeError(`Invalid value of header ${stringSlice(text, 0, 64)}`);
  }
  return [text, content];
}

function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(charCodeAt(text, start))) start++;
  while (end > start && isSpace(charCodeAt(text, end - 1))) end--;
  return stringSlice(text, start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}
