import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Where an address leads: `public` may be reached, `private` only where the operator allowed its
 * range, `refused` never.
 */
export type Reach = 'public' | 'private' | 'refused';

export interface ClassifiedAddress {
  /** The one spelling that is connected to; '' when it is no address. */
  text: string;
  family: 4 | 6;
  reach: Reach;
  /** The address that ranges are compared with: the inner one of an IPv4-mapped address. */
  judged: ipaddr.IPv4 | ipaddr.IPv6 | undefined;
}

/** Whoever may ask these gets a machine's credentials or its host agent, public range or not. */
const METADATA = new Set([
  '169.254.169.254', // AWS, Azure, GCP, OpenStack and others
  '169.254.169.253', // AWS: its resolver
  '169.254.170.2', // AWS ECS
  '169.254.170.23', // AWS EKS pod identity
  '169.254.42.42', // Scaleway
  '169.254.0.23', // Tencent
  '168.63.129.16', // Azure's host agent
  '100.100.100.200', // Alibaba Cloud
  'fd00:ec2::254',
  'fd00:ec2::253',
  'fd00:ec2::23',
  'fd20:ce::254', // GCP
  'fd00:42::42', // Scaleway
  'fd00:c1::a9fe:a9fe', // Oracle
]);

/** Ranges that are somebody's own network. Every other range that is not unicast is never reached. */
const PRIVATE_RANGES = new Set([
  'private',
  'loopback',
  'linkLocal',
  'carrierGradeNat',
  'uniqueLocal',
]);

/** The only space from which global IPv6 addresses are given out. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

export function classify(address: string): ClassifiedAddress {
  if (isIPv4(address)) {
    const judged = ipaddr.IPv4.parse(address);
    return { text: address, family: 4, reach: reachOf4(judged), judged };
  }
  const text = canonical6(address);
  if (text === undefined) return { text: '', family: 6, reach: 'refused', judged: undefined };
  const parsed = ipaddr.IPv6.parse(text);
  const judged = parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed;
  return { text, family: 6, reach: reachOf(judged), judged };
}

/** The address, and those inside it that a translator or tunnel would lead to. */
export function addressesIn({
  judged,
}: Pick<ClassifiedAddress, 'judged'>): (ipaddr.IPv4 | ipaddr.IPv6)[] {
  if (judged instanceof ipaddr.IPv6) return [judged, ...(translated(judged) ?? [])];
  return judged ? [judged] : [];
}

/**
 * In hexadecimal groups only: ipaddr.js reads `::1.2.3.4` as the mapped address, the system does not.
 * A zone (`fe80::1%eth0`) is none of ours to choose.
 */
function canonical6(address: string): string | undefined {
  const url = URL.parse(`http://[${address}]/`);
  return url?.hostname.startsWith('[') ? url.hostname.slice(1, -1) : undefined;
}

function reachOf(address: ipaddr.IPv4 | ipaddr.IPv6): Reach {
  return address instanceof ipaddr.IPv4 ? reachOf4(address) : reachOf6(address);
}

function reachOf4(address: ipaddr.IPv4): Reach {
  if (METADATA.has(address.toString())) return 'refused';
  const range = address.range();
  if (range === 'unicast') return 'public';
  return PRIVATE_RANGES.has(range) ? 'private' : 'refused';
}

function reachOf6(address: ipaddr.IPv6): Reach {
  if (METADATA.has(address.toString())) return 'refused';
  const inner = translated(address);
  // A translator's way into a private network is never the way that an operator allowed.
  if (inner) return inner.every((one) => reachOf4(one) === 'public') ? 'public' : 'refused';
  const range = address.range();
  if (PRIVATE_RANGES.has(range)) return 'private';
  return range === 'unicast' && address.match(GLOBAL_IPV6) ? 'public' : 'refused';
}

/** The IPv4 addresses inside an IPv6 address that a translator or tunnel would unpack. */
function translated(address: ipaddr.IPv6): ipaddr.IPv4[] | undefined {
  const bytes = address.toByteArray();
  if (address.match(NAT64)) return [ipv4(bytes.slice(12))];
  switch (address.range()) {
    case '6to4':
      return [ipv4(bytes.slice(2, 6))];
    case 'teredo': // the server, and the client with every bit turned over
      return [ipv4(bytes.slice(4, 8)), ipv4(bytes.slice(12).map((byte) => byte ^ 0xff))];
    default:
      return isatap(address) ? [ipv4(bytes.slice(12))] : undefined;
  }
}

/** An interface identifier of ISATAP: `[02]00:5efe` and an IPv4 address. */
function isatap({ parts }: ipaddr.IPv6): boolean {
  return (parts[4]! & 0xfdff) === 0 && parts[5] === 0x5efe;
}

function ipv4(bytes: number[]): ipaddr.IPv4 {
  return new ipaddr.IPv4(bytes);
}
