import { CofferdamError, DEFAULT_SERVER_HOSTS } from '@cofferdam/protocol';

const PATTERN = /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/**
 * The hosts that ISOLATE_SERVER_HOSTS lets servers have: names, or `*.` and a domain. Throws
 * `INVALID_CONFIG` for anything else.
 */
export function readServerHosts(text: string | undefined): readonly string[] {
  if (text === undefined) return DEFAULT_SERVER_HOSTS;
  const hosts = text.split(',').map((one) => one.trim().toLowerCase());
  const named = hosts.filter((host) => host !== '');
  const wrong = named.find((host) => !PATTERN.test(host));
  if (wrong === undefined) return named;
  const message = `ISOLATE_SERVER_HOSTS: ${wrong} is no host name such as *.apps.example.com`;
  throw new CofferdamError('INVALID_CONFIG', message);
}
