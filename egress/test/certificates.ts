import { isIP } from 'node:net';
import { generate } from 'selfsigned';

export interface Pair {
  key: string;
  cert: string;
}

const EC = { keyType: 'ec', algorithm: 'sha256' } as const;
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/** An authority, or what it issues for a host's name. */
export async function issue(name: string, ca?: Pair): Promise<Pair> {
  const extensions = ca
    ? [namedFor(name)]
    : [
        { name: 'basicConstraints' as const, cA: true, critical: true },
        { name: 'keyUsage' as const, keyCertSign: true, critical: true },
      ];
  return made(name, { extensions, ...(ca ? { ca } : {}) });
}

/** A certificate of nobody's but its own for a name or an address, as devices of a home have them. */
export function issueItself(name: string): Promise<Pair> {
  return made(name, { extensions: [namedFor(name)] });
}

function namedFor(name: string) {
  const altName = isIP(name) ? { type: IP_ADDRESS, ip: name } : { type: DNS_NAME, value: name };
  return { name: 'subjectAltName' as const, altNames: [altName] };
}

async function made(name: string, options: object): Promise<Pair> {
  const pair = await generate([{ name: 'commonName', value: name }], { ...EC, ...options });
  return { key: pair.private, cert: pair.cert };
}
