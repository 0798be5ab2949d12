import { isIP } from 'node:net';
import { CofferdamError } from '@cofferdam/protocol';

/** Where one hop of a request goes, as its author wrote it: nothing is resolved yet. */
export interface Target {
  /** Without userinfo and fragment; its host in lower case and without a trailing dot. */
  url: URL;
  /** As policy names it; an IPv6 address in brackets. */
  host: string;
  port: number;
  secure: boolean;
}

const DEFAULT_PORTS: Record<string, number> = { 'http:': 80, 'https:': 443 };

/** Throws `INVALID_INPUT` for what is no address and `EGRESS_DENIED` for what is never fetched. */
export function parseTarget(text: string, base?: URL): Target {
  const url = URL.parse(text, base?.href);
  if (!url) throw new CofferdamError('INVALID_INPUT', 'the address of the request is not a URL');
  const fallback = DEFAULT_PORTS[url.protocol];
  if (fallback === undefined) {
    throw new CofferdamError('EGRESS_DENIED', 'only http and https addresses can be fetched');
  }
  if (url.username !== '' || url.password !== '') {
    throw new CofferdamError(
      'EGRESS_DENIED',
      'an address with a user name or password in it is not fetched; send an authorization header',
    );
  }
  url.hash = '';
  url.hostname = normalHost(url.hostname);
  const port = url.port === '' ? fallback : Number(url.port);
  return { url, host: url.hostname, port, secure: url.protocol === 'https:' };
}

/** `example.com.` is the same host as `example.com`, and certificates know only the latter. */
function normalHost(hostname: string): string {
  return hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
}

/** The address itself when the host is one (in the one spelling that the URL parser leaves). */
export function literalAddress(host: string): string | undefined {
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  return isIP(bare) ? bare : undefined;
}

export function hostAndPort({ host, port }: Target): string {
  return `${host}:${port}`;
}
