import { primordials } from '../../../guest/captured.ts';
import { TextBuilder } from './utf8.ts';

const { charCodeAt, typedBuffer, typedFill, typedLength, Uint8Array } = primordials;

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const EQUALS = 0x3d;
const INVALID = 255;
/** `-` and `_`, which stand for `+` and `/` in URLs. */
const URL_SAFE_62 = 0x2d;
const URL_SAFE_63 = 0x5f;

/** Digits of both alphabets by character code. */
const DIGITS = ((): Uint8Array => {
  const digits = new Uint8Array(128);
  typedFill(digits, INVALID);
  for (let i = 0; i < 64; i++) {
    digits[charCodeAt(STANDARD, i)] = i;
    digits[charCodeAt(URL_SAFE, i)] = i;
  }
  return digits;
})();

export function encodeBase64(
  bytes: Uint8Array,
  isUrl = false,
  start = 0,
  end = typedLength(bytes),
): string {
  const alphabet = isUrl ? URL_SAFE : STANDARD;
  const builder = new TextBuilder();
  let at = start;
  for (; at + 2 < end; at += 3) {
    writeDigits(builder, alphabet, (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!, 4);
  }
  const left = end - at;
  if (left > 0) {
    const second = left === 2 ? bytes[at + 1]! << 8 : 0;
    writeDigits(builder, alphabet, (bytes[at]! << 16) | second, left + 1);
    for (let missing = isUrl ? 3 : left; missing < 3; missing++) builder.unit(EQUALS);
  }
  return builder.take();
}

/** The first digits of 24 bits. */
function writeDigits(builder: TextBuilder, alphabet: string, bits: number, count: number): void {
  for (let i = 0; i < count; i++) {
    builder.unit(charCodeAt(alphabet, (bits >> (18 - 6 * i)) & 63));
  }
}

function digitAt(text: string, at: number): number {
  const code = charCodeAt(text, at);
  return code < 128 ? DIGITS[code]! : INVALID;
}

/** As Node reads base64: both alphabets, what is no digit is passed over, `=` ends it. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(((text.length * 3) >> 2) + 3);
  let length = 0;
  let bits = 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    if (charCodeAt(text, i) === EQUALS) break;
    const digit = digitAt(text, i);
    if (digit === INVALID) continue;
    bits = ((bits << 6) | digit) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    output[length++] = (bits >> count) & 255;
  }
  return new Uint8Array(typedBuffer(output), 0, length);
}

/** Forgiving base64 of the Infra Standard; `undefined` when the text is none. */
export function decodeForgiving(text: string): string | undefined {
  const codes = withoutSpaces(text);
  const length = unpaddedLength(codes);
  if (length % 4 === 1) return undefined;
  const builder = new TextBuilder();
  let bits = 0;
  let count = 0;
  for (let i = 0; i < length; i++) {
    const digit = standardDigitAt(codes, i);
    if (digit === INVALID) return undefined;
    bits = ((bits << 6) | digit) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    builder.unit((bits >> count) & 255);
  }
  return builder.take();
}

/** Up to two `=` belong to a text of whole groups of four. */
function unpaddedLength(codes: string): number {
  const { length } = codes;
  if (length === 0 || length % 4 !== 0 || charCodeAt(codes, length - 1) !== EQUALS) return length;
  return charCodeAt(codes, length - 2) === EQUALS ? length - 2 : length - 1;
}

function standardDigitAt(text: string, at: number): number {
  const code = charCodeAt(text, at);
  return code === URL_SAFE_62 || code === URL_SAFE_63 ? INVALID : digitAt(text, at);
}

function withoutSpaces(text: string): string {
  const builder = new TextBuilder();
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    const isSpace = code === 0x20 || code === 9 || code === 10 || code === 12 || code === 13;
    if (!isSpace) builder.unit(code);
  }
  return builder.take();
}
