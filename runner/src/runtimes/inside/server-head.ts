import type { ServerHead } from '@cofferdam/protocol';

const MAX_HEADERS = 128;
const MAX_NAME = 256;
const MAX_VALUE = 16 * 1024;
const MAX_BYTES = 64 * 1024;
const MAX_STATUS_TEXT = 512;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Bytes as text, without those that end a line. */
const FIELD_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A head as the guest says it, checked. Throws an Error that says what is wrong with it. */
export function readServerHead(json: unknown): ServerHead {
  const [status, statusText, headers] = JSON.parse(String(json)) as unknown[];
  if (!Number.isInteger(status) || Number(status) < 200 || Number(status) > 599) {
    throw new Error('the status is not valid');
  }
  if (typeof statusText !== 'string' || statusText.length > MAX_STATUS_TEXT) {
    throw new Error('the status text is too long');
  }
  return { status: Number(status), statusText, headers: readHeaders(headers) };
}

function readHeaders(headers: unknown): [string, string][] {
  if (!Array.isArray(headers)) throw new Error('the headers are not valid');
  if (headers.length > MAX_HEADERS) throw new Error(`there are more than ${MAX_HEADERS} headers`);
  let size = 0;
  for (const header of headers as unknown[]) {
    const [name, value] = Array.isArray(header) ? (header as unknown[]) : [];
    if (!isText(name, MAX_NAME, TOKEN)) throw new Error('a header has no valid name');
    if (!isText(value, MAX_VALUE, FIELD_TEXT)) throw new Error(`header ${name} is not valid`);
    size += name.length + value.length;
  }
  if (size > MAX_BYTES) throw new Error(`the headers have more than ${MAX_BYTES / 1024} KiB`);
  return headers.map(([name, value]: [string, string]) => [name, value]);
}

function isText(value: unknown, most: number, pattern: RegExp): value is string {
  return typeof value === 'string' && value.length <= most && pattern.test(value);
}
