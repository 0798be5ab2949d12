import { CofferdamError } from '@cofferdam/protocol';
import { aBoolean, anInteger, aText, invalid, oneOf, options, type Check } from './check.ts';
import type { CreateIsolateHostOptions } from '../types.ts';

const MAX_PATH = 4_096;

const aUrl: Check<string> = (value, name) => {
  const url = URL.parse(aText(2_048)(value, name));
  if (url && /^https?:$/.test(url.protocol)) return value as string;
  throw invalid(name, 'an address that begins with http:// or https://', value);
};

/** How a host, or a sandbox of workers, is connected. */
export const connectionChecks = {
  daemon: options({
    socketPath: aText(MAX_PATH),
    entrypoint: aText(MAX_PATH),
    cwd: aText(MAX_PATH),
    timeoutMs: anInteger(1, 600_000),
    autoStart: aBoolean,
  }),
  gateway: options({
    url: aUrl,
    token: aText(16_384),
    namespace: aText(253),
    timeoutMs: anInteger(1, 600_000),
  }),
};

const readConnection = options(connectionChecks);
const read = options({ engine: oneOf('auto'), ...connectionChecks });

/** Throws `INVALID_INPUT`, which names the option. */
export function readHostOptions(given: unknown): CreateIsolateHostOptions {
  const { engine, ...connection } = read(given, '');
  return { ...(engine && { engine }), ...oneConnection(connection) };
}

/** A daemon or a gateway, and not both. */
export function oneConnection({
  daemon,
  gateway,
}: ReturnType<typeof readConnection>): Omit<CreateIsolateHostOptions, 'engine'> {
  if (gateway && daemon) {
    throw new CofferdamError('INVALID_INPUT', 'gateway and daemon cannot be given together');
  }
  if (!gateway) return daemon ? { daemon } : {};
  const { url } = gateway;
  if (url === undefined) throw new CofferdamError('INVALID_INPUT', 'gateway.url is missing');
  return { gateway: { ...gateway, url } };
}
