import { CofferdamError } from '@cofferdam/protocol';
import ipaddr from 'ipaddr.js';
import type { ClassifiedAddress } from './address.ts';

/** Address ranges in CIDR notation, as an operator allows them. */
export class Ranges {
  readonly #ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][];

  /** Throws `INVALID_INPUT` for what is no range. */
  constructor(cidrs: readonly string[]) {
    this.#ranges = cidrs.map(parse);
  }

  contains({ judged }: Pick<ClassifiedAddress, 'judged'>): boolean {
    if (!judged) return false;
    return this.#ranges.some(
      ([base, bits]) => base.kind() === judged.kind() && judged.match(base, bits),
    );
  }
}

function parse(cidr: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  try {
    return ipaddr.parseCIDR(cidr);
  } catch (cause) {
    throw new CofferdamError('INVALID_INPUT', `'${cidr}' is no address range`, { cause });
  }
}
