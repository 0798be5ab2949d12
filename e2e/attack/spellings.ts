import { IPV4_SPELLINGS, octetsOf } from '../../attack/ssrf/ipv4-spellings.ts';
import { IPV4_IN_IPV6 } from '../../attack/ssrf/ipv6-spellings.ts';

/** What the URL parser leaves of an address, whatever it was written as. */
const ADDRESS = /^(?:(?:[0-9]+\.){3}[0-9]+\.?|\[.+\])$/;

/** Every spelling of an IPv4 address, or of one that leads to it, that is an address to a URL's parser. */
export function urlsOf(address: string, port: number): string[] {
  const hosts = [
    ...Object.values(IPV4_SPELLINGS).map((spell) => spell(octetsOf(address))),
    ...Object.values(IPV4_IN_IPV6).map((spell) => `[${spell(address)}]`),
  ];
  return hosts
    .map((host) => `http://${host}:${port}/`)
    .filter((url) => ADDRESS.test(URL.parse(url)?.hostname ?? ''));
}
