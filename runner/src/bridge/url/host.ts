import { domainToASCII, domainToUnicode } from 'node:url';
import { GuestFault, type Capability } from '../capability.ts';
import type { UrlParts } from './guest/parts.ts';

/** The parts that have a setter; `href` and `origin` are not set this way. */
const SETTABLE = [
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
] as const;

/** Longer texts are no URLs; parsing them would only cost the host its time. */
const MAX_URL_LENGTH = 256 * 1024;

/**
 * Parses URLs for guests with Node's own parser: international host names need tables of a size
 * that no guest should carry. Synchronous, and not counted: it is no access to anything.
 */
export const urlCapability: Capability = {
  name: 'url',
  uncounted: ['parse', 'set'],
  sync: {
    parse: (_context, { json }) => {
      const { url, base } = Object(json) as Record<string, unknown>;
      const parsed = URL.parse(text(url), base === undefined ? undefined : text(base));
      return { json: parsed && hasTrueHost(parsed) ? partsOf(parsed) : null };
    },
    set: (_context, { json }) => {
      const { href, name, value } = Object(json) as Record<string, unknown>;
      const parsed = URL.parse(text(href));
      const part = SETTABLE.find((known) => known === name);
      if (!parsed || !part) throw new GuestFault('TypeError', 'Invalid URL');
      const before = partsOf(parsed);
      parsed[part] = text(value);
      return { json: hasTrueHost(parsed) ? partsOf(parsed) : before };
    },
  },
};

/**
 * Node's parser takes every label that starts with `xn--` for a true one. One that stands for no
 * Unicode label, or for one with another spelling, is no host name by the standard.
 */
function hasTrueHost({ protocol, hostname }: URL): boolean {
  if (!hostname.includes('xn--') || !SPECIAL.has(protocol)) return true;
  const shown = domainToUnicode(hostname);
  // What cannot be decoded is shown as it is.
  const isDecoded = shown !== '' && !shown.split('.').some((label) => label.startsWith('xn--'));
  return isDecoded && domainToASCII(shown) === hostname;
}
/** The schemes whose hosts are names; in others a host is opaque. */
const SPECIAL = new Set(['http:', 'https:', 'ws:', 'wss:', 'ftp:', 'file:']);

function text(value: unknown): string {
  if (typeof value === 'string' && value.length <= MAX_URL_LENGTH) return value;
  throw new GuestFault('TypeError', 'Invalid URL');
}

function partsOf(url: URL): UrlParts {
  const { href, origin, protocol, username, password } = url;
  const { host, hostname, port, pathname, search, hash } = url;
  return {
    href,
    origin,
    protocol,
    username,
    password,
    host,
    hostname,
    port,
    pathname,
    search,
    hash,
  };
}
