import { octetsOf } from './ipv4-spellings.ts';

/** Eight groups of an IPv6 address. */
export function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const read = (part: string) =>
    part
      .split(':')
      .filter(Boolean)
      .map((group) => parseInt(group, 16));
  if (tail === undefined) return read(head);
  const [before, after] = [read(head), read(tail)];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

const text = (groups: readonly number[], width = 0) =>
  groups.map((group) => group.toString(16).padStart(width, '0')).join(':');

/** Ways to write an IPv6 address in a URL. */
export const IPV6_SPELLINGS: Readonly<Record<string, (address: string) => string>> = {
  compressed: (address) => `[${address}]`,
  'in full': (address) => `[${text(groupsOf(address))}]`,
  'with zeros': (address) => `[${text(groupsOf(address), 4)}]`,
  'in capitals': (address) => `[${text(groupsOf(address), 4).toUpperCase()}]`,
  'last groups dotted': (address) => `[${withDots(groupsOf(address))}]`,
  'with a zone': (address) => `[${address}%25lo]`,
  'with a bare zone': (address) => `[${address}%lo]`,
  'with a zone number': (address) => `[${address}%251]`,
  'brackets percent-encoded': (address) => `%5b${address}%5d`,
  'without brackets': (address) => address,
  'trailing dot': (address) => `[${address}].`,
};

function withDots(groups: readonly number[]): string {
  const [high = 0, low = 0] = groups.slice(6);
  return `${text(groups.slice(0, 6))}:${[high >> 8, high & 255, low >> 8, low & 255].join('.')}`;
}

const pair = (address: string) => {
  const [a, b, c, d] = octetsOf(address);
  return [a * 256 + b, c * 256 + d] as const;
};
const asHex = (address: string) => text(pair(address));
const turned = (address: string) => text(pair(address).map((group) => group ^ 0xffff));

/** IPv6 addresses that lead, by some translator, tunnel or host, to an IPv4 address. */
export const IPV4_IN_IPV6: Readonly<Record<string, (address: string) => string>> = {
  mapped: (address) => `::ffff:${address}`,
  'mapped in groups': (address) => `::ffff:${asHex(address)}`,
  'mapped in full': (address) => `0:0:0:0:0:ffff:${asHex(address)}`,
  compatible: (address) => `::${address}`,
  translated: (address) => `::ffff:0:${address}`,
  NAT64: (address) => `64:ff9b::${address}`,
  'NAT64 in groups': (address) => `64:ff9b::${asHex(address)}`,
  'NAT64 of local use': (address) => `64:ff9b:1::${address}`,
  '6to4': (address) => `2002:${asHex(address)}::1`,
  'Teredo client': (address) => `2001:0:808:808:8000:63bf:${turned(address)}`,
  'Teredo server': (address) => `2001:0:${asHex(address)}:8000:63bf:f7f7:f7f7`,
  ISATAP: (address) => `2a00:1450::5efe:${address}`,
  'ISATAP of a global address': (address) => `2a00:1450::200:5efe:${address}`,
};
