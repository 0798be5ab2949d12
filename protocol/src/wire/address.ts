import { CofferdamError } from '../error/cofferdam-error.ts';

/** Where to listen or whom to dial: a Unix socket, or a host and a port. */
export type SocketAddress = { path: string } | { host: string; port: number };

const MAX_PORT = 65_535;

/** Reads `/path/to.sock`, `host:port` or `[address]:port`; throws `INVALID_CONFIG` for anything else. */
export function readAddress(text: string): SocketAddress {
  if (text.startsWith('/')) return { path: text };
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host !== undefined && port <= MAX_PORT) return { host, port };
  throw new CofferdamError('INVALID_CONFIG', `'${text}' is no socket's path and no host:port`);
}
