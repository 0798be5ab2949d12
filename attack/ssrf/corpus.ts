import { isIPv6 } from 'node:net';
import { CLUSTER, FORBIDDEN_IPV4, FORBIDDEN_IPV6, metadataOf } from './addresses.ts';
import { IPV4_SPELLINGS, octetsOf } from './ipv4-spellings.ts';
import { IPV4_IN_IPV6, IPV6_SPELLINGS } from './ipv6-spellings.ts';
import { CONFUSIONS, NAMES } from './url-forms.ts';

/** One URL as an attacker writes it. */
export interface Form {
  category: string;
  url: string;
  /** The address that it is meant to lead to, as a resolver would say it. */
  aim: string;
}

/** These are spelled in every way; the others in the ways that lead to them for sure. */
const SPELLED = ['127.0.0.1', '169.254.169.254', '10.0.0.1', '192.168.1.1'];
const CONFUSED = ['169.254.169.254', '127.0.0.1'];
const EMBEDDED = ['127.0.0.1', '169.254.169.254', '10.0.0.1', '100.100.100.200'];

/** Every form once. */
export const CORPUS: readonly Form[] = distinct([
  ...SPELLED.flatMap(spelled),
  ...[...FORBIDDEN_IPV4, ...CLUSTER].map((aim) => form('dotted', aim, aim)),
  ...metadataOf(4).map((aim) => form('decimal', IPV4_SPELLINGS.decimal!(octetsOf(aim)), aim)),
  ...Object.entries(IPV6_SPELLINGS).map(([name, spell]) =>
    form(`IPv6 ${name}`, spell('::1'), '::1'),
  ),
  ...FORBIDDEN_IPV6.map((aim) => form('IPv6 compressed', `[${aim}]`, aim)),
  ...FORBIDDEN_IPV6.map((aim) => form('IPv6 in full', IPV6_SPELLINGS['in full']!(aim), aim)),
  ...EMBEDDED.flatMap(embedded),
  ...CONFUSED.flatMap((aim) =>
    Object.entries(CONFUSIONS).map(([name, shape]) => ({ category: name, url: shape(aim), aim })),
  ),
  ...NAMES.map(([name, aim]) => form('name', name, aim)),
]);

/** Addresses that are never reached, whatever range is allowed and whoever names them. */
export const NEVER: readonly string[] = [
  ...metadataOf(4),
  ...metadataOf(6),
  '0.0.0.0',
  '::',
  'ff02::1',
  ...EMBEDDED.flatMap((aim) =>
    Object.entries(IPV4_IN_IPV6)
      .filter(([name]) => !name.startsWith('mapped'))
      .map(([, inside]) => inside(aim)),
  ),
];

function spelled(aim: string): Form[] {
  return Object.entries(IPV4_SPELLINGS).map(([name, spell]) =>
    form(name, spell(octetsOf(aim)), aim),
  );
}

function embedded(inner: string): Form[] {
  return Object.entries(IPV4_IN_IPV6).map(([name, inside]) => {
    const aim = inside(inner);
    return form(name, `[${aim}]`, aim);
  });
}

function form(category: string, host: string, aim: string): Form {
  return { category, url: `http://${host}/`, aim };
}

function distinct(forms: readonly Form[]): Form[] {
  return [...new Map(forms.map((one) => [one.url, one])).values()];
}

/** An address as part of a URL. */
export function bracketed(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}
