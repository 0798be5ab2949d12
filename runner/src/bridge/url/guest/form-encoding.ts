import { core, primordials } from '../../../guest/captured.ts';
import { list } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';

const { charCodeAt, numberToString, stringSlice, toUpperCase, typedLength, Uint8Array } =
  primordials;
const { encodeUtf8, decodeUtf8 } = core.use<EncodingGroup>('encoding');

export type Pair = [name: string, value: string];

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/** Parses `application/x-www-form-urlencoded` text. */
export function parseForm(text: string): Pair[] {
  const pairs = list<Pair>();
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    if (i < text.length && charCodeAt(text, i) !== AMPERSAND) continue;
    if (i > start) pairs[pairs.length] = parsePair(stringSlice(text, start, i));
    start = i + 1;
  }
  return pairs;
}

function parsePair(text: string): Pair {
  let at = 0;
  while (at < text.length && charCodeAt(text, at) !== EQUALS) at++;
  return [decoded(stringSlice(text, 0, at)), decoded(stringSlice(text, at + 1))];
}

function decoded(text: string): string {
  let plain = true;
  for (let i = 0; i < text.length && plain; i++) {
    const code = charCodeAt(text, i);
    plain = code !== PERCENT && code !== PLUS;
  }
  if (plain) return text;
  const bytes = encodeUtf8(text);
  const output = new Uint8Array(typedLength(bytes));
  let length = 0;
  const size = typedLength(bytes);
  for (let i = 0; i < size; i++) {
    const escaped = bytes[i] === PERCENT ? escapedByte(bytes, i) : -1;
    if (escaped !== -1) i += 2;
    output[length++] = escaped !== -1 ? escaped : bytes[i] === PLUS ? SPACE : bytes[i]!;
  }
  return decodeUtf8(output, length);
}

function escapedByte(bytes: Uint8Array, at: number): number {
  if (at + 2 >= typedLength(bytes)) return -1;
  const high = hexDigit(bytes[at + 1]!);
  const low = hexDigit(bytes[at + 2]!);
  return high === -1 || low === -1 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

export function serializeForm(pairs: readonly Pair[]): string {
  let text = '';
  for (let i = 0; i < pairs.length; i++) {
    text += `${i === 0 ? '' : '&'}${encoded(pairs[i]![0])}=${encoded(pairs[i]![1])}`;
  }
  return text;
}

function encoded(text: string): string {
  const bytes = encodeUtf8(text);
  let output = '';
  const size = typedLength(bytes);
  for (let i = 0; i < size; i++) {
    const code = bytes[i]!;
    if (isUnreserved(code)) output += ASCII[code];
    else if (code === SPACE) output += '+';
    else output += `${code < 16 ? '%0' : '%'}${toUpperCase(numberToString(code, 16))}`;
  }
  return output;
}

/** Indexed by code: one character each. */
const ASCII = ((): string[] => {
  const table = list<string>();
  for (let code = 0; code < 128; code++) table[code] = primordials.fromCharCode(code);
  return table;
})();

function isUnreserved(code: number): boolean {
  if (code >= 0x30 && code <= 0x39) return true;
  const lower = code | 0x20;
  if (lower >= 0x61 && lower <= 0x7a && code < 0x80) return true;
  // * - . _
  return code === 0x2a || code === 0x2d || code === 0x2e || code === 0x5f;
}
