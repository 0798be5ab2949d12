import { Resolver } from 'node:dns';
import { addressesIn, classify, type ClassifiedAddress } from './address.ts';
import { isLocal } from './local.ts';
import { Ranges } from './ranges.ts';

export interface RefusedOptions {
  /** Ranges that nobody reaches, whatever is allowed: a cluster's own. */
  cidrs: readonly string[];
  /** Ports of private addresses that nobody reaches, such as `6443` and `10248-10260`. */
  ports: readonly string[];
  /** Where egress itself listens. */
  ownPorts: readonly number[];
  /** Default: those of this machine, as `host` or `host:port`. */
  dnsServers?: () => readonly string[];
}

export interface Reached {
  address: ClassifiedAddress;
  port: number;
  /** A name's address that an operator's alias leads to: a cluster gives it out of its own range. */
  isNameAlias?: boolean;
}

const DNS_PORTS = new Set([53, 853]);
const HOST_AND_PORT = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[0-9.]+)):(?<port>[0-9]+)$/;

/** What no rule and no range opens: the ground that egress itself stands on. */
export class Refused {
  readonly #ranges: Ranges;
  readonly #ports: [number, number][];
  readonly #ownPorts: ReadonlySet<number>;
  readonly #dnsServers: () => readonly string[];

  /** Throws `INVALID_INPUT` for a range that is none. */
  constructor({ cidrs, ports, ownPorts, dnsServers = systemDnsServers }: RefusedOptions) {
    this.#ranges = new Ranges(cidrs);
    this.#ports = ports.map(readPorts);
    this.#ownPorts = new Set(ownPorts);
    this.#dnsServers = dnsServers;
  }

  has({ address, port, isNameAlias = false }: Reached): boolean {
    if (this.#ownPorts.has(port) && isLocal(address)) return true;
    if (this.#isDnsServer(address, port)) return true;
    if (isNameAlias) return false;
    const isPrivate = address.reach === 'private';
    if (isPrivate && this.#ports.some(([first, last]) => port >= first && port <= last))
      return true;
    return addressesIn(address).some((judged) => this.#ranges.contains({ judged }));
  }

  /** By the ports that DNS has, and where a server has another, by that. */
  #isDnsServer(address: ClassifiedAddress, port: number): boolean {
    const inside = addressesIn(address).map(String);
    return this.#dnsServers().some((server) => {
      const { v6, v4, port: own } = HOST_AND_PORT.exec(server)?.groups ?? {};
      if (!DNS_PORTS.has(port) && Number(own) !== port) return false;
      const { judged } = classify((v6 ?? v4 ?? server).split('%')[0]!);
      return judged !== undefined && inside.includes(judged.toString());
    });
  }
}

function readPorts(text: string): [number, number] {
  const [first = '', last = first] = text.split('-');
  return [Number(first), Number(last)];
}

/** A machine that moves gets others while a process lives. Reading them takes 30 µs, a tenth of a small request. */
const SERVERS_MS = 5_000;
let known: { servers: readonly string[]; until: number } = { servers: [], until: -Infinity };

function systemDnsServers(): readonly string[] {
  const now = performance.now();
  if (now >= known.until) {
    known = { servers: new Resolver().getServers(), until: now + SERVERS_MS };
  }
  return known.servers;
}
