import { primordials } from '../../../guest/captured.ts';
import { list } from '../../../guest/interface.ts';

const { charCodeAt, regexpExec, stringSlice, toLowerCase } = primordials;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const QUOTABLE = /^[\t\x20-\x7e\x80-\xff]*$/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;

export interface MimeType {
  /** Type and subtype, in lower case. */
  essence: string;
  parameters: [name: string, value: string][];
}

/** What a Content-Type header, of one value or more, says: the last valid one counts. */
export function parseMime(header: string): MimeType | undefined {
  let found: MimeType | undefined;
  const values = splitOutsideQuotes(header, COMMA);
  for (let i = 0; i < values.length; i++) {
    const type = parseOne(values[i]!);
    if (type && type.essence !== '*/*') found = withCharset(type, found);
  }
  return found;
}

/** A later value of the same essence keeps the charset of the one before, unless it has its own. */
function withCharset(type: MimeType, before: MimeType | undefined): MimeType {
  if (before?.essence !== type.essence || parameterOf(type, 'charset') !== undefined) return type;
  const charset = parameterOf(before, 'charset');
  if (charset !== undefined) type.parameters[type.parameters.length] = ['charset', charset];
  return type;
}

export function parameterOf(type: MimeType, name: string): string | undefined {
  for (let i = 0; i < type.parameters.length; i++) {
    if (type.parameters[i]![0] === name) return type.parameters[i]![1];
  }
  return undefined;
}

function parseOne(text: string): MimeType | undefined {
  const fields = splitOutsideQuotes(text, SEMICOLON);
  const essence = trimmed(fields[0]!);
  let slash = 0;
  while (slash < essence.length && essence[slash] !== '/') slash++;
  const isType = regexpExec(TOKEN, stringSlice(essence, 0, slash)) !== null;
  if (!isType || regexpExec(TOKEN, stringSlice(essence, slash + 1)) === null) return undefined;
  const type: MimeType = { essence: toLowerCase(essence), parameters: list() };
  for (let i = 1; i < fields.length; i++) addParameter(type, fields[i]!);
  return type;
}

function addParameter(type: MimeType, field: string): void {
  let equals = 0;
  while (equals < field.length && field[equals] !== '=') equals++;
  if (equals === field.length) return;
  const name = toLowerCase(trimmedStart(stringSlice(field, 0, equals)));
  const raw = stringSlice(field, equals + 1);
  const value = valueOf(raw);
  if (
    value === undefined ||
    regexpExec(TOKEN, name) === null ||
    parameterOf(type, name) !== undefined
  )
    return;
  type.parameters[type.parameters.length] = [name, value];
}

/** Only a quoted value may be empty. */
function valueOf(raw: string): string | undefined {
  const isQuoted = raw !== '' && charCodeAt(raw, 0) === QUOTE;
  const value = isQuoted ? unquoted(raw) : trimmed(raw);
  const isValid = regexpExec(QUOTABLE, value) !== null && (isQuoted || value !== '');
  return isValid ? value : undefined;
}

/** Up to the closing quote; what comes after it is passed over. */
function unquoted(raw: string): string {
  let value = '';
  for (let i = 1; i < raw.length; i++) {
    const code = charCodeAt(raw, i);
    if (code === QUOTE) break;
    if (code === BACKSLASH && i + 1 < raw.length) i++;
    value += raw[i];
  }
  return value;
}

export function serializeMime(type: MimeType): string {
  let text = type.essence;
  for (let i = 0; i < type.parameters.length; i++) {
    const name = type.parameters[i]![0];
    const value = type.parameters[i]![1];
    text += `;${name}=${regexpExec(TOKEN, value) === null ? quoted(value) : value}`;
  }
  return text;
}

function quoted(value: string): string {
  let text = '"';
  for (let i = 0; i < value.length; i++) {
    const code = charCodeAt(value, i);
    text += code === QUOTE || code === BACKSLASH ? `\\${value[i]}` : value[i];
  }
  return `${text}"`;
}

function splitOutsideQuotes(text: string, separator: number): string[] {
  const pieces = list<string>();
  let isQuoted = false;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted && code === BACKSLASH) i++;
    else if (!isQuoted && code === separator) {
      pieces[pieces.length] = stringSlice(text, from, i);
      from = i + 1;
    }
  }
  pieces[pieces.length] = stringSlice(text, from);
  return pieces;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}

function trimmedStart(text: string): string {
  let start = 0;
  while (start < text.length && isSpace(charCodeAt(text, start))) start++;
  return stringSlice(text, start);
}

function trimmed(text: string): string {
  const rest = trimmedStart(text);
  let end = rest.length;
  while (end > 0 && isSpace(charCodeAt(rest, end - 1))) end--;
  return stringSlice(rest, 0, end);
}
