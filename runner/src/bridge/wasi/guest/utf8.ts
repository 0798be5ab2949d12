const REPLACEMENT = 0xfffd;
/** `String.fromCodePoint` takes its arguments on the stack. */
const PIECE = 4096;

/** UTF-8; half a surrogate pair becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  // One character for each byte: the percent signs of a URI, read back one by one.
  const binary = unescape(encodeURIComponent(text.toWellFormed()));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** The text of UTF-8; each maximal part of what is none becomes U+FFFD, as in a browser. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  let piece: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const { point, size } = pointAt(bytes, at);
    piece.push(point);
    at += size;
    if (piece.length < PIECE) continue;
    text += String.fromCodePoint(...piece);
    piece = [];
  }
  return text + String.fromCodePoint(...piece);
}

function pointAt(bytes: Uint8Array, at: number): { point: number; size: number } {
  const lead = bytes[at]!;
  if (lead < 0x80) return { point: lead, size: 1 };
  const following = followingBytes(lead);
  if (following === 0) return { point: REPLACEMENT, size: 1 };
  let point = lead & (0x3f >> following);
  for (let i = 1; i <= following; i++) {
    const byte = bytes[at + i];
    const { from, to } = i === 1 ? secondRange(lead) : { from: 0x80, to: 0xbf };
    if (byte === undefined || byte < from || byte > to) return { point: REPLACEMENT, size: i };
    point = (point << 6) | (byte & 0x3f);
  }
  return { point, size: following + 1 };
}

function followingBytes(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return 1;
  return lead < 0xf0 ? 2 : 3;
}

/** What may follow a lead byte: no overlong form, no surrogate, nothing beyond U+10FFFF. */
function secondRange(lead: number): { from: number; to: number } {
  if (lead === 0xe0) return { from: 0xa0, to: 0xbf };
  if (lead === 0xed) return { from: 0x80, to: 0x9f };
  if (lead === 0xf0) return { from: 0x90, to: 0xbf };
  if (lead === 0xf4) return { from: 0x80, to: 0x8f };
  return { from: 0x80, to: 0xbf };
}

/** How many of the bytes to take so that no character is cut in two. */
export function wholeLength(bytes: Uint8Array, wanted: number): number {
  if (wanted >= bytes.length) return bytes.length;
  let end = wanted;
  while (end > 0 && wanted - end < 3 && (bytes[end]! & 0xc0) === 0x80) end--;
  return (bytes[end]! & 0xc0) === 0x80 ? wanted : end;
}
