import { core, primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import { byteLengthOf, encodingOf, findEncoding } from './encodings.ts';
import { bytesFrom, checkedSize } from './make.ts';
import { checkedOffset, defineNumberMethods } from './numbers.ts';
import { compareBytes, findBytes } from './search.ts';

const { isArray, isInteger, isPrototypeOf, max, min, RangeError, trunc, TypeError } = primordials;
const { typedBuffer, typedByteOffset, typedCopyWithin, typedFill, typedLength, typedName } =
  primordials;
const { typedSet, Uint8Array } = primordials;
const { bytesOf, isBufferSource, writeUtf8 } = core.use<EncodingGroup>('encoding');

export class Buffer extends Uint8Array {
  static poolSize = 0;

  static override from(value: any, second?: any, third?: any): Buffer {
    return asBuffer(bytesFrom(value, second, third));
  }

  static override of(...items: number[]): Buffer {
    return asBuffer(bytesFrom(items, undefined, undefined));
  }

  static alloc(size: unknown, fill?: unknown, encoding?: unknown): Buffer {
    const buffer = asBuffer(new Uint8Array(checkedSize(size)));
    return fill === undefined || fill === 0
      ? buffer
      : buffer.fill(fill as never, encoding as never);
  }

  static allocUnsafe(size: unknown): Buffer {
    return asBuffer(new Uint8Array(checkedSize(size)));
  }

  static allocUnsafeSlow(size: unknown): Buffer {
    return asBuffer(new Uint8Array(checkedSize(size)));
  }

  static byteLength(value: unknown, encoding?: unknown): number {
    if (typeof value === 'string') return byteLengthOf(value, encoding);
    if (isBufferSource(value)) return typedLength(bytesOf(value));
    throw new TypeError('The argument must be a string or a buffer');
  }

  static compare(a: unknown, b: unknown): -1 | 0 | 1 {
    return compareBytes(checkedBytes(a), checkedBytes(b));
  }

  static concat(buffers: unknown, totalLength?: unknown): Buffer {
    if (!isArray(buffers)) throw new TypeError('The list must be an array of buffers');
    const parts = list<Uint8Array>();
    let size = 0;
    for (let i = 0; i < buffers.length; i++) {
      parts[i] = checkedBytes(buffers[i]);
      size += typedLength(parts[i]);
    }
    const length = totalLength === undefined ? size : checkedSize(totalLength);
    const joined = new Uint8Array(length);
    let at = 0;
    for (let i = 0; i < parts.length && at < length; i++) {
      const room = length - at;
      const part = typedLength(parts[i]) > room ? range(parts[i]!, 0, room) : parts[i]!;
      typedSet(joined, part, at);
      at += typedLength(part);
    }
    return asBuffer(joined);
  }

  static isBuffer(value: unknown): value is Buffer {
    return isPrototypeOf(Buffer.prototype, value as object);
  }

  static isEncoding(name: unknown): boolean {
    return findEncoding(name) !== undefined;
  }

  get parent(): ArrayBufferLike {
    return typedBuffer(this);
  }

  get offset(): number {
    return typedByteOffset(this);
  }

  override toString(encoding?: any, start?: unknown, end?: unknown): string {
    const length = typedLength(this);
    const from = clamped(start, 0, length);
    const to = clamped(end, length, length);
    return to <= from ? '' : encodingOf(encoding).decode(this, from, to);
  }

  override toLocaleString(encoding?: any): string {
    return this.toString(encoding);
  }

  toJSON(): { type: 'Buffer'; data: number[] } {
    const data: number[] = [];
    const length = typedLength(this);
    for (let i = 0; i < length; i++) primordials.defineProperty(data, i, dataOf(this[i]));
    return { type: 'Buffer', data };
  }

  write(text: unknown, offset?: unknown, length?: unknown, encoding?: unknown): number {
    if (typeof text !== 'string') throw new TypeError('The argument must be a string');
    // (text, encoding), (text, offset, encoding) and the whole of it.
    if (typeof offset === 'string') return this.write(text, 0, undefined, offset);
    if (typeof length === 'string') return this.write(text, offset, undefined, length);
    const at = checkedOffset(this, offset, 0);
    const room = typedLength(this) - at;
    const limit = length === undefined ? room : min(room, checkedSize(length));
    return put(this, text, { at, limit, encoding });
  }

  override slice(start?: unknown, end?: unknown): any {
    return this.subarray(start, end);
  }

  override subarray(start?: unknown, end?: unknown): any {
    const length = typedLength(this);
    const from = relative(start, 0, length);
    const to = relative(end, length, length);
    return asBuffer(range(this, from, max(from, to)));
  }

  equals(other: unknown): boolean {
    return compareBytes(this, checkedBytes(other)) === 0;
  }

  compare(target: unknown, ...ranges: unknown[]): -1 | 0 | 1 {
    const other = checkedBytes(target);
    const theirs = span(other, ranges[0], ranges[1]);
    return compareBytes(span(this, ranges[2], ranges[3]), theirs);
  }

  copy(target: unknown, targetStart?: unknown, start?: unknown, end?: unknown): number {
    const into = checkedBytes(target);
    const at = clamped(targetStart, 0, typedLength(into));
    const source = span(this, start, end);
    const size = min(typedLength(source), typedLength(into) - at);
    typedSet(into, range(source, 0, size), at);
    return size;
  }

  override fill(value: any, offset?: any, end?: any, encoding?: unknown): this {
    if (typeof offset === 'string') return this.fill(value, 0, undefined, offset);
    if (typeof end === 'string') return this.fill(value, offset, undefined, end);
    const from = offset === undefined ? 0 : checkedOffset(this, offset, 0);
    const to = end === undefined ? typedLength(this) : checkedOffset(this, end, 0);
    const pattern = patternOf(value, encoding);
    if (typeof pattern === 'number') typedFill(this, pattern, from, to);
    else repeatPattern(this, pattern, from, to);
    return this;
  }

  override indexOf(value: any, from?: any, encoding?: unknown): number {
    return search(this, value, { from, encoding, isLast: false });
  }

  override lastIndexOf(value: any, from?: any, encoding?: unknown): number {
    return search(this, value, { from, encoding, isLast: true });
  }

  override includes(value: any, from?: any, encoding?: unknown): boolean {
    return search(this, value, { from, encoding, isLast: false }) !== -1;
  }

  swap16(): this {
    return swapped(this, 2);
  }
  swap32(): this {
    return swapped(this, 4);
  }
  swap64(): this {
    return swapped(this, 8);
  }
}

defineNumberMethods(Buffer.prototype);
// The bundler renames a class that names itself.
primordials.defineProperty(Buffer, 'name', record({ value: 'Buffer', configurable: true }));

/** A Buffer on the same memory as a plain view; the constructor of the class is the guest's. */
function asBuffer(bytes: Uint8Array): Buffer {
  const view = new Uint8Array(typedBuffer(bytes), typedByteOffset(bytes), typedLength(bytes));
  return primordials.setPrototypeOf(view, Buffer.prototype) as Buffer;
}

interface Writing {
  at: number;
  limit: number;
  encoding: unknown;
}

/** A function: a Buffer on memory of somebody else's has no private members. */
function put(target: Uint8Array, text: string, { at, limit, encoding }: Writing): number {
  const coder = encodingOf(encoding);
  if (coder === encodingOf('utf8')) return writeUtf8(text, target, at, at + limit).written;
  const bytes = coder.encode(text);
  const fits = min(limit, typedLength(bytes));
  // No half of a UTF-16 unit is written.
  const whole = coder === encodingOf('utf16le') ? fits - (fits % 2) : fits;
  typedSet(target, range(bytes, 0, whole), at);
  return whole;
}

function dataOf(value: unknown): PropertyDescriptor {
  return record({ value, writable: true, enumerable: true, configurable: true });
}

function checkedBytes(value: unknown): Uint8Array {
  if (typedName(value) === 'Uint8Array') return value as Uint8Array;
  throw new TypeError('The argument must be a Buffer or Uint8Array');
}

/** A part of the same memory, made without the species that a guest may have set. */
function range(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const buffer = typedBuffer(bytes);
  return new Uint8Array(buffer, typedByteOffset(bytes) + start, max(0, end - start));
}

function span(bytes: Uint8Array, start: unknown, end: unknown): Uint8Array {
  const length = typedLength(bytes);
  return range(bytes, clamped(start, 0, length), clamped(end, length, length));
}

function clamped(value: unknown, fallback: number, length: number): number {
  if (value === undefined) return fallback;
  const number = trunc(+(value as number)) || 0;
  return max(0, min(number, length));
}

/** An index that counts from the end when it is negative. */
function relative(value: unknown, fallback: number, length: number): number {
  if (value === undefined) return fallback;
  const number = trunc(+(value as number)) || 0;
  return number < 0 ? max(0, length + number) : min(number, length);
}

function patternOf(value: unknown, encoding: unknown): number | Uint8Array {
  if (typeof value === 'string') {
    const bytes = encodingOf(encoding).encode(value);
    if (typedLength(bytes) === 0) {
      if (value === '') return 0;
      throw new TypeError('The fill value has no byte in this encoding');
    }
    return bytes;
  }
  if (isBufferSource(value)) return typedLength(bytesOf(value)) === 0 ? 0 : bytesOf(value);
  return +(value as number) & 255;
}

function repeatPattern(target: Uint8Array, pattern: Uint8Array, from: number, to: number): void {
  const size = min(typedLength(pattern), to - from);
  if (size <= 0) return;
  typedSet(target, range(pattern, 0, size), from);
  // Doubles what is filled already: a few copies for any length.
  for (let filled = size; from + filled < to; filled *= 2) {
    typedCopyWithin(target, from + filled, from, from + min(filled, to - from - filled));
  }
}

interface Search {
  from: unknown;
  encoding: unknown;
  isLast: boolean;
}

function search(bytes: Uint8Array, value: unknown, { from, encoding, isLast }: Search): number {
  if (typeof from === 'string')
    return search(bytes, value, { from: undefined, encoding: from, isLast });
  const length = typedLength(bytes);
  const number = from === undefined ? (isLast ? length : 0) : +(from as number);
  const given = trunc(number !== number ? (isLast ? length : 0) : number);
  const start = given < 0 ? length + given : min(given, length);
  if (start < 0 && isLast) return -1;
  return findBytes(bytes, wantedBytes(value, encoding), max(0, start), isLast);
}

function wantedBytes(value: unknown, encoding: unknown): Uint8Array {
  if (typeof value === 'string') return encodingOf(encoding).encode(value);
  if (typeof value === 'number') {
    const one = new Uint8Array(1);
    one[0] = value;
    return one;
  }
  return checkedBytes(value);
}

function swapped<T extends Uint8Array>(bytes: T, size: number): T {
  const length = typedLength(bytes);
  if (!isInteger(length / size)) {
    throw new RangeError(`The length must be a multiple of ${size * 8} bits`);
  }
  for (let start = 0; start < length; start += size) {
    for (let i = 0; i < size / 2; i++) {
      const other = start + size - 1 - i;
      const kept = bytes[start + i]!;
      bytes[start + i] = bytes[other]!;
      bytes[other] = kept;
    }
  }
  return bytes;
}
