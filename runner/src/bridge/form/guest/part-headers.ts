import { core, primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';

const { charCodeAt, regexpExec, stringIndexOf, stringSlice, toLowerCase } = primordials;
const { typedIndexOf, typedLength } = primordials;
const { decodeUtf8 } = core.use<EncodingGroup>('encoding');

/** What one part may say of itself. */
const MAX_HEADER_BYTES = 16 * 1024;
const CR = 0x0d;
const LF = 0x0a;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FORM_DATA = /^form-data(?=$|[\t ;])/i;
const PARAMETER = /^[\t ]*;[\t ]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:"([^"]*)"|([^\t ;"]+))/;
const REST = /^[\t ]*;?[\t ]*$/;
/** What a form's encoder writes for a line feed, a carriage return and a quote. */
const ESCAPES: Record<string, string> = record({
  '%0a': '\n',
  '%0A': '\n',
  '%0d': '\r',
  '%0D': '\r',
  '%22': '"',
});

interface PartHeaders {
  name: string;
  filename: string | undefined;
  /** The content type of a file. */
  type: string;
  /** Where the content begins. */
  end: number;
}

/** The headers of a part from `start` on; `undefined` for what is none of a form. */
export function parsePartHeaders(bytes: Uint8Array, start: number): PartHeaders | undefined {
  const found = record<Found>({ name: undefined, filename: undefined, type: undefined });
  for (let at = start; at - start <= MAX_HEADER_BYTES;) {
    const end = typedIndexOf(bytes, CR, at);
    if (end === -1 || end + 1 >= typedLength(bytes) || bytes[end + 1] !== LF) return undefined;
    if (end === at) return finished(found, end + 2);
    if (end - start > MAX_HEADER_BYTES) return undefined;
    if (!readField(found, decodeUtf8(bytes, end, at))) return undefined;
    at = end + 2;
  }
  return undefined;
}

interface Found {
  name: string | undefined;
  filename: string | undefined;
  type: string | undefined;
}

function finished(found: Found, end: number): PartHeaders | undefined {
  const { name, filename, type = 'text/plain' } = found;
  return name === undefined ? undefined : record({ name, filename, type, end });
}

function readField(found: Found, line: string): boolean {
  const colon = stringIndexOf(line, ':');
  if (colon === -1 || regexpExec(TOKEN, stringSlice(line, 0, colon)) === null) return false;
  const name = toLowerCase(stringSlice(line, 0, colon));
  const value = trimmed(stringSlice(line, colon + 1));
  if (name === 'content-type') found.type = value;
  return name !== 'content-disposition' || readDisposition(found, value);
}

function readDisposition(found: Found, value: string): boolean {
  const start = regexpExec(FORM_DATA, value);
  if (!start) return false;
  let rest = stringSlice(value, start[0].length);
  for (;;) {
    const parameter = regexpExec(PARAMETER, rest);
    if (!parameter) return regexpExec(REST, rest) !== null;
    const name = toLowerCase(parameter[1]!);
    const text = unescaped(parameter[2] ?? parameter[3]!);
    if (name === 'name') found.name ??= text;
    if (name === 'filename') found.filename ??= text;
    rest = stringSlice(rest, parameter[0].length);
  }
}

function unescaped(text: string): string {
  let plain = '';
  let from = 0;
  for (let at = stringIndexOf(text, '%'); at !== -1; at = stringIndexOf(text, '%', at + 1)) {
    const stands = ESCAPES[stringSlice(text, at, at + 3)];
    if (stands === undefined) continue;
    plain += stringSlice(text, from, at) + stands;
    from = at + 3;
  }
  return plain + stringSlice(text, from);
}

function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(charCodeAt(text, start))) start++;
  while (end > start && isBlank(charCodeAt(text, end - 1))) end--;
  return stringSlice(text, start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
