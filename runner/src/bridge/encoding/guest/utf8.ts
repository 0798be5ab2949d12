import { primordials } from '../../../guest/captured.ts';
import { list } from '../../../guest/interface.ts';

const { apply, bufferSlice, charCodeAt, fromCharCode, typedBuffer, typedLength, Uint8Array } =
  primordials;

/** So many units are made into text at once: the engine takes no more arguments than about 65,000. */
const CHUNK = 4096;
const REPLACEMENT = 0xfffd;

/** Text as UTF-16 units that come one by one. */
export class TextBuilder {
  #text = '';
  #units = list<number>();

  unit(code: number): void {
    const units = this.#units;
    units[units.length] = code;
    if (units.length === CHUNK) this.#flush();
  }

  point(code: number): void {
    if (code < 0x10000) return this.unit(code);
    this.unit(0xd800 + ((code - 0x10000) >> 10));
    this.unit(0xdc00 + ((code - 0x10000) & 0x3ff));
  }

  take(): string {
    this.#flush();
    const text = this.#text;
    this.#text = '';
    return text;
  }

  #flush(): void {
    this.#text += apply(fromCharCode, undefined, this.#units) as string;
    this.#units.length = 0;
  }
}

/** The code point at an index; lone surrogates become U+FFFD. */
function pointAt(text: string, at: number): number {
  const code = charCodeAt(text, at);
  if (code < 0xd800 || code > 0xdfff) return code;
  const low = code < 0xdc00 && at + 1 < text.length ? charCodeAt(text, at + 1) : 0;
  if (low < 0xdc00 || low > 0xdfff) return REPLACEMENT;
  return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

/** Writes text as UTF-8 from `start` on, whole code points only. */
export function writeUtf8(
  text: string,
  target: Uint8Array,
  start: number,
  end: number,
): { read: number; written: number } {
  let at = start;
  let read = 0;
  while (read < text.length) {
    const point = pointAt(text, read);
    const size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (at + size > end) break;
    if (size === 1) target[at++] = point;
    else at = writeLong(point, size, target, at);
    read += size === 4 ? 2 : 1;
  }
  return { read, written: at - start };
}

function writeLong(point: number, size: number, target: Uint8Array, start: number): number {
  const lead = size === 2 ? 0xc0 : size === 3 ? 0xe0 : 0xf0;
  let shift = (size - 1) * 6;
  let at = start;
  target[at++] = lead | (point >> shift);
  while (shift > 0) {
    shift -= 6;
    target[at++] = 0x80 | ((point >> shift) & 0x3f);
  }
  return at;
}

export function utf8Size(text: string): number {
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    const point = pointAt(text, i);
    if (point >= 0x10000) i++;
    size += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return size;
}

/** A text's UTF-8, in a buffer of exactly that size. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(utf8Size(text));
  writeUtf8(text, bytes, 0, typedLength(bytes));
  return bytes;
}

/** The bytes as text, U+FFFD for what is not UTF-8. No byte order mark is taken off. */
export function decodeUtf8(bytes: Uint8Array, end = typedLength(bytes), start = 0): string {
  const decoder = new Utf8Decoder();
  const builder = new TextBuilder();
  for (let i = start; i < end; i++) decoder.push(bytes[i]!, builder, false);
  decoder.end(builder, false);
  return builder.take();
}

/** A view's bytes in a buffer of their own, which may leave for the host. */
export function ownBuffer(bytes: Uint8Array, start: number, end: number): ArrayBuffer {
  const offset = primordials.typedByteOffset(bytes);
  return bufferSlice(typedBuffer(bytes), offset + start, offset + end);
}

/** The decoder of the Encoding Standard, byte by byte. Answers whether all was well so far. */
export class Utf8Decoder {
  #point = 0;
  #needed = 0;
  #lower = 0x80;
  #upper = 0xbf;

  push(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    if (this.#needed === 0) return this.#first(byte, builder, fatal);
    if (byte < this.#lower || byte > this.#upper) {
      this.#reset();
      if (fatal) return false;
      builder.unit(REPLACEMENT);
      return this.#first(byte, builder, fatal);
    }
    this.#lower = 0x80;
    this.#upper = 0xbf;
    this.#point = (this.#point << 6) | (byte & 0x3f);
    if (--this.#needed === 0) {
      builder.point(this.#point);
      this.#point = 0;
    }
    return true;
  }

  /** The input is over: an unfinished sequence is an error. */
  end(builder: TextBuilder, fatal: boolean): boolean {
    if (this.#needed === 0) return true;
    this.#reset();
    if (!fatal) builder.unit(REPLACEMENT);
    return !fatal;
  }

  #first(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    if (byte < 0x80) builder.unit(byte);
    else if (byte >= 0xc2 && byte <= 0xdf) this.#lead(1, byte & 0x1f);
    else if (byte >= 0xe0 && byte <= 0xef) this.#leadOfThree(byte);
    else if (byte >= 0xf0 && byte <= 0xf4) this.#leadOfFour(byte);
    else {
      if (!fatal) builder.unit(REPLACEMENT);
      return !fatal;
    }
    return true;
  }

  #lead(needed: number, point: number): void {
    this.#needed = needed;
    this.#point = point;
  }

  #leadOfThree(byte: number): void {
    if (byte === 0xe0) this.#lower = 0xa0;
    if (byte === 0xed) this.#upper = 0x9f;
    this.#lead(2, byte & 0xf);
  }

  #leadOfFour(byte: number): void {
    if (byte === 0xf0) this.#lower = 0x90;
    if (byte === 0xf4) this.#upper = 0x8f;
    this.#lead(3, byte & 7);
  }

  #reset(): void {
    this.#needed = 0;
    this.#point = 0;
    this.#lower = 0x80;
    this.#upper = 0xbf;
  }
}
