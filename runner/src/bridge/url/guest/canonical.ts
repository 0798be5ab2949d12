import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import type { UrlParts } from './parts.ts';

const { stringIndexOf, stringSlice } = primordials;

/** The address of the request that was begun last: almost every handler parses it first. */
let canonical: string | undefined;

/**
 * Notes an address that the host has written out: `http:` or `https:`, without a user. Asking the host for
 * its parts would block the guest, which costs more than all else of a small request.
 */
export function noteCanonical(href: string): void {
  canonical = href;
}

export function partsOfCanonical(url: unknown): UrlParts | undefined {
  if (url !== canonical || typeof url !== 'string') return undefined;
  const authority = stringIndexOf(url, '//') + 2;
  const slash = stringIndexOf(url, '/', authority);
  const hashAt = orEnd(stringIndexOf(url, '#', slash), url);
  const searchAt = orEnd(stringIndexOf(stringSlice(url, 0, hashAt), '?', slash), hashAt);
  const protocol = stringSlice(url, 0, authority - 2);
  const host = stringSlice(url, authority, slash);
  const portAt = portOf(host);
  return record<UrlParts>({
    href: url,
    origin: `${protocol}//${host}`,
    protocol,
    username: '',
    password: '',
    host,
    hostname: stringSlice(host, 0, portAt),
    port: stringSlice(host, portAt + 1),
    pathname: stringSlice(url, slash, searchAt),
    search: mark(stringSlice(url, searchAt, hashAt)),
    hash: mark(stringSlice(url, hashAt)),
  });
}

function orEnd(at: number, end: number | string): number {
  if (at !== -1) return at;
  return typeof end === 'string' ? end.length : end;
}

/** A sign with nothing behind it is none. */
function mark(text: string): string {
  return text.length === 1 ? '' : text;
}

/** Where the port's colon is, behind an address in brackets as well, or the end. */
function portOf(host: string): number {
  const at = stringIndexOf(host, ':', host[0] === '[' ? stringIndexOf(host, ']') : 0);
  return at === -1 ? host.length : at;
}
