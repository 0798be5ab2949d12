import type { IncomingMessage } from 'node:http';
import type { Servers } from '../../core/servers/servers.ts';
import { hostOf } from '../loopback.ts';

/** A request that is for a script's server. */
export interface ServerAddress {
  namespace: string;
  name: string;
  auth: 'token' | 'none';
  /** The host is the server's alone: what it answers is no matter of the API's origin. */
  hasHost: boolean;
  /** What of the path comes before what the server sees. */
  prefix: string;
  /** What the server sees of the address: a path, and a query where there is one. */
  rest: string;
}

const OWN = /^(\/v1\/namespaces\/([a-z0-9-]{1,63})\/scripts\/([a-z0-9-]{1,63})\/server)\//;
/** No path of the API: what is said of it is what is said of any. */
const NOWHERE = '/nowhere';

const addresses = new WeakMap<IncomingMessage, ServerAddress>();

/** The server that a request is for, noted before it was routed. */
export function serverAddressOf(raw: IncomingMessage): ServerAddress | undefined {
  return addresses.get(raw);
}

/** Notes which server a request is for; answers the address by which the API routes it. */
export function serverRouting(servers: Pick<Servers, 'find'>): (raw: IncomingMessage) => string {
  return (raw) => {
    const { url = '/' } = raw;
    const path = url.split('?', 1)[0]!;
    const found = servers.find(hostName(raw), path);
    if (found === 'elsewhere') return NOWHERE;
    if (!found) return ownAddress(raw, url);
    const { script, prefix, hasHost, auth } = found;
    const { namespace, name } = script;
    return note(raw, { namespace, name, auth, hasHost, prefix, rest: restOf(url, prefix) });
  };
}

function ownAddress(raw: IncomingMessage, url: string): string {
  const [, prefix, namespace, name] = OWN.exec(url) ?? [];
  if (prefix === undefined) return url;
  return note(raw, {
    ...{ namespace: namespace!, name: name!, prefix },
    ...{ auth: 'token', hasHost: false, rest: restOf(url, prefix) },
  });
}

/** Whatever comes behind it is the script's: nothing of it is the router's to read. */
function note(raw: IncomingMessage, address: ServerAddress): string {
  addresses.set(raw, address);
  const { namespace, name } = address;
  return `/v1/namespaces/${namespace}/scripts/${name}/server/-`;
}

function restOf(url: string, prefix: string): string {
  const rest = url.slice(prefix.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function hostName({ headers }: IncomingMessage): string {
  return hostOf(headers.host).toLowerCase().replace(/\.$/, '');
}
