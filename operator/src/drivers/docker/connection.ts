import type Docker from 'dockerode';
import { CofferdamError } from '@cofferdam/protocol';

const UNIX = 'unix://';

/**
 * A client of the engine at this address; nothing is asked of it yet. Throws `INVALID_CONFIG` for an
 * engine of another machine: its containers could not dial the sockets of this one.
 */
export async function connectEngine(address: string): Promise<Docker> {
  if (!address.startsWith(UNIX)) {
    throw new CofferdamError(
      'INVALID_CONFIG',
      `the engine at ${address} is not reached through a Unix socket of this machine (unix:///…), so its containers could not dial this process`,
    );
  }
  // Loaded where it is wanted: who uses no Docker pays nothing for it.
  const { default: Dockerode } = await import('dockerode');
  return new Dockerode({ socketPath: address.slice(UNIX.length) });
}
