import { isIPv4 } from 'node:net';
import { Random } from '../src/random.ts';
import { PUBLIC_IPV4, PUBLIC_IPV6 } from './addresses.ts';
import type { Zone } from './dns.ts';
import { NAMES } from './url-forms.ts';

const FIXED = '.fixed.test';
const REBOUND = '.rebind.test';

/** A name whose addresses are these, in this order; `id` tells names with the same addresses apart. */
export function nameOf(addresses: readonly string[], id: string): string {
  return `${addresses.map(encoded).join('.')}.${id}${FIXED}`;
}

/** A name that leads elsewhere each time that it is asked for. */
export function reboundName(id: string): string {
  return `${id}${REBOUND}`;
}

/** Answers of rebound names, a forbidden one among them or not; each is chosen anew. */
const REBINDINGS: readonly (readonly string[])[] = [
  [PUBLIC_IPV4],
  [PUBLIC_IPV4],
  [PUBLIC_IPV6],
  ['127.0.0.1'],
  ['::1'],
  ['169.254.169.254'],
  ['10.2.0.1'],
  ['10.1.0.1'],
  [PUBLIC_IPV4, '10.2.0.1'],
  ['10.2.0.1', PUBLIC_IPV4],
  [PUBLIC_IPV4, '::ffff:a9fe:a9fe'],
  ['10.1.0.1', 'fd12::1'],
  ['8.8.8.8', PUBLIC_IPV6, '1.1.1.1'],
];

/** The names of the world that the tests have made: its answers depend on names and seed alone. */
export function zoneOf(seed: number): Zone {
  const random = new Random(seed);
  const known = new Map(NAMES.map(([name, address]) => [normal(name), address]));
  return (asked, family) => {
    const all = answerOf(asked, known, random);
    return all?.filter((address) => isIPv4(address) === (family === 4));
  };
}

function answerOf(
  name: string,
  known: ReadonlyMap<string, string>,
  random: Random,
): readonly string[] | undefined {
  if (name.endsWith(FIXED)) return name.split('.').flatMap(decoded);
  if (name.endsWith(REBOUND)) return random.pick(REBINDINGS);
  const address = known.get(name);
  return address === undefined ? undefined : [address];
}

const normal = (name: string) => new URL(`http://${name}/`).hostname.replace(/\.$/, '');

/** As a label, so that no error text holds an address only because a name does. */
function encoded(address: string): string {
  return `a${Buffer.from(address).toString('hex')}`;
}

function decoded(label: string): string[] {
  return /^a[0-9a-f]+$/.test(label) ? [Buffer.from(label.slice(1), 'hex').toString()] : [];
}
