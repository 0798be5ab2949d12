import { CofferdamError } from '@cofferdam/protocol';
import { classify, type ClassifiedAddress } from './address.ts';
import { literalAddress } from './target.ts';

/** Where a name of this instance's own leads, whatever port the name is asked for with. */
export type Alias = AddressAlias | NameAlias;

interface AddressAlias {
  address: ClassifiedAddress;
  port: number;
}

/** Leads to a DNS name, as of a Service in a cluster: looked up for each hop, never known before. */
interface NameAlias {
  name: string;
  port: number;
}

export type Aliases = ReadonlyMap<string, Alias>;

const HOST_AND_PORT = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^[\]:]+)):(?<port>[0-9]{1,5})$/;
const DOTTED = /^[0-9.]+$/;
const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
/** With a dot at its end it is not looked for in the search domains. */
const DNS_NAME = new RegExp(String.raw`^(?=.{1,253}$)${LABEL}(?:\.${LABEL})*\.?$`, 'i');

/**
 * From `{ "demo": "127.0.0.1:8123", "printer": "printer.home.example:631" }`. Throws `INVALID_CONFIG` for
 * what is no host and port, and for an address that is never reached.
 */
export function readAliases(aliases: Readonly<Record<string, string>>): Aliases {
  return new Map(
    Object.entries(aliases).map(([name, where]) => [name.toLowerCase(), readAlias(name, where)]),
  );
}

function readAlias(alias: string, where: string): Alias {
  const { v6, host = '', port: digits } = HOST_AND_PORT.exec(where)?.groups ?? {};
  const port = Number(digits);
  if (!(port >= 1 && port <= 65_535)) throw noHostAndPort(alias);
  if (v6 === undefined && !DOTTED.test(host)) return { name: dnsName(alias, host), port };
  return { address: reachable(alias, v6 ?? host), port };
}

function reachable(alias: string, text: string): ClassifiedAddress {
  const address = classify(text);
  if (address.text === '') throw noHostAndPort(alias);
  if (address.reach !== 'refused') return address;
  throw invalid(`the alias '${alias}' leads to an address that nobody may reach`);
}

/** Not `127.1` or `0x7f.1` either, which a system's lookup takes for addresses. */
function dnsName(alias: string, host: string): string {
  const normal = DNS_NAME.test(host) ? URL.parse(`http://${host}/`)?.hostname : undefined;
  if (normal && literalAddress(normal) === undefined) return normal;
  throw noHostAndPort(alias);
}

function noHostAndPort(alias: string): CofferdamError {
  return invalid(
    `the alias '${alias}' needs a host and a port, like 127.0.0.1:8123 or printer.home.example:631`,
  );
}

function invalid(message: string): CofferdamError {
  return new CofferdamError('INVALID_CONFIG', message);
}
