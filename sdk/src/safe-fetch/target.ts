import { isIP } from 'node:net';
import { CofferdamError } from '@cofferdam/protocol';
import { classify } from '@cofferdam/protocol/address';
import type { SafeFetchOptions, SafeFetchTarget } from './types.ts';

/** The one address that a request may connect to: it has been judged, and DNS is not asked again. */
export interface PinnedAddress {
  address: string;
  family: 4 | 6;
}

/** Every address of a name. */
export type Lookup = (host: string) => Promise<readonly string[]>;

const PORTS: Record<string, number> = { 'http:': 80, 'https:': 443 };

/** Throws `EGRESS_DENIED` for what is never fetched. */
export function targetOf(url: URL, method: string): SafeFetchTarget {
  const port = PORTS[url.protocol];
  if (port === undefined) throw denied('only http and https addresses can be fetched');
  if (url.username !== '' || url.password !== '') {
    throw denied('an address with a user name or password in it is not fetched');
  }
  return {
    url: url.href,
    host: url.hostname.replace(/\.$/, ''),
    port: url.port === '' ? port : Number(url.port),
    protocol: url.protocol as SafeFetchTarget['protocol'],
    method,
  };
}

/** Throws `EGRESS_DENIED` unless the policy says yes. */
export async function admit(
  target: SafeFetchTarget,
  policy: SafeFetchOptions['policy'],
): Promise<void> {
  const answer: unknown = await policy(target);
  if (answer !== true)
    throw denied(`the policy refuses ${target.method} ${target.host}:${target.port}`);
}

/** Throws `EGRESS_ADDRESS_DENIED` where one of the host's addresses may not be reached. */
export async function pin(
  { host }: SafeFetchTarget,
  lookup: Lookup,
  allowPrivate: boolean,
): Promise<PinnedAddress[]> {
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  const found = isIP(bare) ? [bare] : await lookup(bare);
  if (found.length === 0) throw new CofferdamError('EGRESS_FAILED', `${host} has no address`);
  return found.map((text) => {
    const { reach, text: address, family } = classify(text);
    if (reach === 'public' || (reach === 'private' && allowPrivate)) return { address, family };
    const message = `${host} has an address that may not be reached`;
    throw new CofferdamError('EGRESS_ADDRESS_DENIED', message);
  });
}

function denied(message: string): CofferdamError {
  return new CofferdamError('EGRESS_DENIED', message);
}
