import { core, primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import type { FilesGroup } from '../../files/guest.ts';
import type { Entry } from './form-data.ts';
import { parsePartHeaders } from './part-headers.ts';

const { typedBuffer, typedByteOffset, typedIndexOf, typedLength, TypeError, Uint8Array } =
  primordials;
const { decodeUtf8, encodeUtf8 } = core.use<EncodingGroup>('encoding');
const { fileOfBytes } = core.use<FilesGroup>('files');

/** RFC 2046's bound on a boundary. */
const MAX_BOUNDARY = 70;
/** A form has fields; so many parts are somebody's attempt to use up memory for little data. */
const MAX_PARTS = 10_000;
const CR = 0x0d;
const LF = 0x0a;
const DASH = 0x2d;

function refused(): never {
  throw new TypeError('The body is no multipart/form-data');
}

/** The entries of a `multipart/form-data` body, in their order. */
export function parseMultipart(bytes: Uint8Array, boundary: string): Entry[] {
  if (boundary === '' || boundary.length > MAX_BOUNDARY) refused();
  const delimiter = encodeUtf8(`\r\n--${boundary}`);
  const entries = list<Entry>();
  // The first boundary has no line before it.
  let at = 0;
  while (isLineEnd(bytes, at)) at += 2;
  if (!matches(bytes, at, delimiter, 2)) refused();
  at += typedLength(delimiter) - 2;
  while (!isEnd(bytes, at)) {
    if (!isLineEnd(bytes, at) || entries.length === MAX_PARTS) refused();
    const part = parsePart(bytes, at + 2, delimiter);
    entries[entries.length] = part.entry;
    at = part.end;
  }
  return entries;
}

/** A part from its headers to the end of the delimiter that follows it. */
function parsePart(
  bytes: Uint8Array,
  start: number,
  delimiter: Uint8Array,
): { entry: Entry; end: number } {
  const headers = parsePartHeaders(bytes, start) ?? refused();
  const { name, filename, type } = headers;
  const end = find(bytes, headers.end, delimiter);
  if (end === -1) refused();
  const content = viewOf(bytes, headers.end, end);
  const value = filename === undefined ? decodeUtf8(content) : fileOfBytes(content, filename, type);
  return record({ entry: [name, value], end: end + typedLength(delimiter) });
}

/** The last boundary: nothing after it but the end of a line. */
function isEnd(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== DASH || bytes[at + 1] !== DASH) return false;
  return at + 2 === typedLength(bytes) || isLineEnd(bytes, at + 2);
}

function isLineEnd(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === CR && bytes[at + 1] === LF;
}

function matches(bytes: Uint8Array, at: number, wanted: Uint8Array, from = 0): boolean {
  const size = typedLength(wanted);
  if (at + size - from > typedLength(bytes)) return false;
  for (let i = from; i < size; i++) if (bytes[at + i - from] !== wanted[i]) return false;
  return true;
}

function find(bytes: Uint8Array, from: number, wanted: Uint8Array): number {
  let at = typedIndexOf(bytes, CR, from);
  while (at !== -1 && !matches(bytes, at, wanted)) at = typedIndexOf(bytes, CR, at + 1);
  return at;
}

function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(typedBuffer(bytes), typedByteOffset(bytes) + start, end - start);
}
