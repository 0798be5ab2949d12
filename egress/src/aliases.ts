import { CofferdamError } from '@cofferdam/protocol';
import { classify, type ClassifiedAddress } from './address.ts';

/** Where a name of this instance's own leads, whatever port the name is asked for with. */
export interface Alias {
  address: ClassifiedAddress;
  port: number;
}

export type Aliases = ReadonlyMap<string, Alias>;

const ADDRESS_AND_PORT = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[0-9.]+)):(?<port>[0-9]{1,5})$/;

/** From `{ "demo": "127.0.0.1:8123" }`. Throws `INVALID_CONFIG` for what is no address and port. */
export function readAliases(aliases: Readonly<Record<string, string>>): Aliases {
  return new Map(
    Object.entries(aliases).map(([name, where]) => [name.toLowerCase(), readAlias(name, where)]),
  );
}

function readAlias(name: string, where: string): Alias {
  const { v4, v6, port } = ADDRESS_AND_PORT.exec(where)?.groups ?? {};
  const address = classify(v4 ?? v6 ?? '');
  const number = Number(port);
  if (address.reach !== 'refused' && number >= 1 && number <= 65_535) {
    return { address, port: number };
  }
  throw new CofferdamError(
    'INVALID_CONFIG',
    `the alias '${name}' needs an address and a port, like 127.0.0.1:8123`,
  );
}
