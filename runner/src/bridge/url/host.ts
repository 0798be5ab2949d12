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
      return { json: parsed ? partsOf(parsed) : null };
    },
    set: (_context, { json }) => {
      const { href, name, value } = Object(json) as Record<string, unknown>;
      const parsed = URL.parse(text(href));
      const part = SETTABLE.find((known) => known === name);
      if (!parsed || !part) throw new GuestFault('TypeError', 'Invalid URL');
      parsed[part] = text(value);
      return { json: partsOf(parsed) };
    },
  },
};

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
