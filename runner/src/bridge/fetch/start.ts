import { GuestFault } from '../capability.ts';
import type { FetchStart } from './stream.ts';

const MAX_URL_LENGTH = 16 * 1024;
const MAX_HEADERS = 256;
const MAX_HEADER_CHARS = 64 * 1024;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/;
/** Visible characters, spaces, tabs and Latin-1: nothing that ends a header's line. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const REDIRECTS = new Set<unknown>(['follow', 'manual', 'error']);

/** A request as a guest sent it, checked: what does not fit is refused with its name. */
export function readStart(json: unknown): { id: number; start: FetchStart } {
  const { id, url, method, headers, redirect, hasBody } = Object(json) as Record<string, unknown>;
  if (!Number.isSafeInteger(id)) throw refused('id');
  if (typeof url !== 'string' || url.length > MAX_URL_LENGTH) throw refused('URL');
  if (typeof method !== 'string' || !TOKEN.test(method)) throw refused('method');
  if (!REDIRECTS.has(redirect)) throw refused('redirect mode');
  if (typeof hasBody !== 'boolean') throw refused('body');
  const start: FetchStart = {
    url,
    method,
    headers: readHeaders(headers),
    redirect: redirect as FetchStart['redirect'],
    hasBody,
  };
  return { id: id as number, start };
}

function readHeaders(headers: unknown): [string, string][] {
  if (!Array.isArray(headers) || headers.length > MAX_HEADERS) throw refused('list of headers');
  let size = 0;
  return headers.map((header: unknown): [string, string] => {
    const [name, value] = Array.isArray(header) ? (header as unknown[]) : [];
    if (typeof name !== 'string' || !TOKEN.test(name)) throw refused('header name');
    if (typeof value !== 'string' || !HEADER_VALUE.test(value)) throw refused(`header ${name}`);
    size += name.length + value.length;
    if (size > MAX_HEADER_CHARS) throw refused('list of headers');
    return [name, value];
  });
}

function refused(what: string): GuestFault {
  return new GuestFault('TypeError', `fetch failed: the ${what} is not valid`);
}
