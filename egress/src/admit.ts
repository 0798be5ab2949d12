import { abortable, CofferdamError } from '@cofferdam/protocol';
import { classify, type ClassifiedAddress } from './address.ts';
import type { Alias, Aliases } from './aliases.ts';
import { failedToReach } from './failure.ts';
import type { Match, Policy } from './policy.ts';
import type { Refused } from './refused.ts';
import type { Resolver } from './resolve.ts';
import { literalAddress, type Target } from './target.ts';

/** The addresses that a hop may connect to, and no other. Every one of them was judged. */
export interface Pinned {
  addresses: { address: string; family: 4 | 6 }[];
  port: number;
}

export interface AdmitOptions {
  policy: Policy;
  resolver: Resolver;
  aliases: Aliases;
  /** What nobody reaches, whatever the policy allows. */
  refused: Refused;
  signal: AbortSignal;
}

/**
 * Decides about one hop: its name is asked for once, and one address that is not allowed refuses
 * all of them. Throws `EGRESS_DENIED`, `EGRESS_ADDRESS_DENIED` or `EGRESS_FAILED`; no message
 * holds an address that the caller did not write.
 */
export async function admit(
  target: Target,
  method: string,
  options: AdmitOptions,
): Promise<Pinned> {
  const { policy, aliases, refused } = options;
  const match = policy.match(target, method);
  const alias = aliases.get(target.host);
  if (alias) return admitAlias(target, alias, match, options);
  const addresses = await addressesOf(target, options);
  if (!addresses.every((address) => policy.admits(address, match))) {
    throw addressDenied(target, match);
  }
  const { port } = target;
  if (addresses.some((address) => refused.has({ address, port }))) throw reachedByNobody(target);
  return pinned(addresses, target.port);
}

async function admitAlias(
  target: Target,
  alias: Alias,
  match: Match,
  options: AdmitOptions,
): Promise<Pinned> {
  const { policy, refused } = options;
  const { port } = alias;
  if ('address' in alias) {
    const { address } = alias;
    if (!policy.admitsAlias(address, match)) throw addressDenied(target, 'named');
    if (refused.has({ address, port })) throw reachedByNobody(target);
    return pinned([address], port);
  }
  // Before the lookup: what a run may not reach it cannot have looked up either.
  if (match !== 'explicit') throw aliasDenied(target, 'a rule has to name it with its port');
  const addresses = await lookUp(alias.name, target, options);
  if (!addresses.every((address) => policy.admitsNameAlias(address, match))) {
    throw aliasDenied(target, "one of egress's own machine needs its range allowed");
  }
  if (addresses.some((address) => refused.has({ address, port, isNameAlias: true }))) {
    throw reachedByNobody(target);
  }
  return pinned(addresses, port);
}

async function addressesOf(target: Target, options: AdmitOptions): Promise<ClassifiedAddress[]> {
  const literal = literalAddress(target.host);
  return literal === undefined ? lookUp(target.host, target, options) : [classify(literal)];
}

/** Errors speak of the target, which is what a script's author knows: an alias's name is not theirs. */
async function lookUp(
  name: string,
  target: Target,
  { resolver, signal }: AdmitOptions,
): Promise<ClassifiedAddress[]> {
  let found: readonly string[];
  try {
    found = await abortable(resolver(name, signal), signal);
  } catch (error) {
    throw failedToReach(target, error, signal);
  }
  if (found.length > 0) return found.map(classify);
  throw new CofferdamError('EGRESS_FAILED', `${target.host} has no address`);
}

function pinned(addresses: readonly ClassifiedAddress[], port: number): Pinned {
  return { addresses: addresses.map(({ text, family }) => ({ address: text, family })), port };
}

function addressDenied(target: Target, match: Match): CofferdamError {
  const hint =
    match === 'explicit'
      ? 'its range has to be allowed with --allow-private'
      : 'a private one needs its range allowed and a rule that names the host with its port';
  return new CofferdamError(
    'EGRESS_ADDRESS_DENIED',
    `${target.host} has an address that this run may not reach; ${hint}`,
  );
}

/** Says no more than that: which ports and ranges are egress's own is nobody's to find out. */
function reachedByNobody({ host }: Target): CofferdamError {
  return new CofferdamError(
    'EGRESS_ADDRESS_DENIED',
    `${host} leads to an address and port that no run may reach`,
  );
}

function aliasDenied({ host }: Target, hint: string): CofferdamError {
  return new CofferdamError(
    'EGRESS_ADDRESS_DENIED',
    `${host} is an alias and leads to an address that this run may not reach; ${hint}`,
  );
}
