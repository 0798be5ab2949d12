import { once } from 'node:events';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { readAddress } from '@cofferdam/protocol';

/** A peer that is gone without a word (its node lost power) is noticed within minutes, not hours. */
const KEEP_ALIVE_MS = 30_000;

/** Listens on a Unix socket that only this user may open, or on `host:port`. */
export async function listenOn(
  address: string,
  onConnection: (socket: Socket) => void,
): Promise<Server> {
  const where = readAddress(address);
  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS },
    onConnection,
  );
  if (!('path' in where)) {
    server.listen(where);
    await once(server, 'listening');
    return server;
  }
  await mkdir(dirname(where.path), { recursive: true, mode: 0o700 });
  // What a killed predecessor left behind.
  await rm(where.path, { force: true });
  server.listen(where.path);
  await once(server, 'listening');
  await chmod(where.path, 0o600);
  return server;
}
