import { core, primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';

const { charCodeAt, numberToString, toLowerCase, typedLength, TypeError, Uint8Array } = primordials;
const { stringSlice } = primordials;
const { decodeBase64, decodeUtf8, encodeBase64, encodeUtf8, TextBuilder } =
  core.use<EncodingGroup>('encoding');

interface BufferEncoding {
  encode(text: string): Uint8Array<ArrayBuffer>;
  decode(bytes: Uint8Array, start: number, end: number): string;
}

function units(bytes: Uint8Array, start: number, end: number, mask: number): string {
  const builder = new TextBuilder();
  for (let i = start; i < end; i++) builder.unit(bytes[i]! & mask);
  return builder.take();
}

function encodeLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = charCodeAt(text, i);
  return bytes;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Up to the first pair that is not hexadecimal, as in Node. */
function encodeHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length >> 1);
  const size = typedLength(bytes);
  for (let i = 0; i < size; i++) {
    const high = hexDigit(charCodeAt(text, 2 * i));
    const low = hexDigit(charCodeAt(text, 2 * i + 1));
    if (high === -1 || low === -1) return new Uint8Array(primordials.typedBuffer(bytes), 0, i);
    bytes[i] = high * 16 + low;
  }
  return bytes;
}

function decodeHex(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) {
    text += (bytes[i]! < 16 ? '0' : '') + numberToString(bytes[i]!, 16);
  }
  return text;
}

const utf8: BufferEncoding = record({
  encode: encodeUtf8,
  decode: (bytes, start, end) => decodeUtf8(bytes, end, start),
});
const utf16le: BufferEncoding = record({
  encode: (text) => {
    const bytes = new Uint8Array(text.length * 2);
    for (let i = 0; i < text.length; i++) {
      const code = charCodeAt(text, i);
      bytes[2 * i] = code & 255;
      bytes[2 * i + 1] = code >> 8;
    }
    return bytes;
  },
  decode: (bytes, start, end) => {
    const builder = new TextBuilder();
    for (let i = start; i + 1 < end; i += 2) builder.unit(bytes[i]! | (bytes[i + 1]! << 8));
    return builder.take();
  },
});
const latin1: BufferEncoding = record({
  encode: encodeLatin1,
  decode: (bytes, start, end) => units(bytes, start, end, 0xff),
});

const ENCODINGS: Record<string, BufferEncoding> = record({
  utf8,
  'utf-8': utf8,
  utf16le,
  'utf-16le': utf16le,
  ucs2: utf16le,
  'ucs-2': utf16le,
  latin1,
  binary: latin1,
  ascii: record<BufferEncoding>({
    encode: encodeLatin1,
    decode: (bytes, start, end) => units(bytes, start, end, 0x7f),
  }),
  hex: record<BufferEncoding>({ encode: encodeHex, decode: decodeHex }),
  base64: record<BufferEncoding>({
    encode: decodeBase64,
    decode: (bytes, start, end) => encodeBase64(bytes, false, start, end),
  }),
  base64url: record<BufferEncoding>({
    encode: decodeBase64,
    decode: (bytes, start, end) => encodeBase64(bytes, true, start, end),
  }),
});

/** As Node counts: for base64 and hexadecimal by the text's length alone, whatever it holds. */
export function byteLengthOf(text: string, name: unknown): number {
  const encoding = encodingOf(name);
  if (encoding === ENCODINGS['hex']) return text.length >> 1;
  if (encoding !== ENCODINGS['base64'] && encoding !== ENCODINGS['base64url']) {
    return typedLength(encoding.encode(text));
  }
  let { length } = text;
  if (length > 0 && charCodeAt(text, length - 1) === EQUALS) length--;
  if (length > 1 && charCodeAt(text, length - 1) === EQUALS) length--;
  return primordials.floor((length * 3) / 4);
}
const EQUALS = 0x3d;

export function findEncoding(name: unknown): BufferEncoding | undefined {
  return typeof name === 'string' ? ENCODINGS[toLowerCase(stringSlice(name, 0, 16))] : undefined;
}

export function encodingOf(name: unknown): BufferEncoding {
  if (name === undefined || name === null || name === '') return utf8;
  const found = findEncoding(name);
  if (!found) throw new TypeError(`Unknown encoding: ${stringSlice(`${name as string}`, 0, 64)}`);
  return found;
}
