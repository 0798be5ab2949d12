import { once } from 'node:events';
import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { CofferdamError } from '@cofferdam/protocol';

export interface ListenOptions {
  path: string;
  maxConnections: number;
  onConnection: (socket: Socket) => void;
}

/** Nobody but this user may connect. */
const SOCKET_MODE = 0o600;

/** Listens on a Unix socket; a file that a process left behind is replaced, one in use is not. */
export async function listen({
  path,
  maxConnections,
  onConnection,
}: ListenOptions): Promise<Server> {
  await removeStale(path);
  const server = createServer(onConnection);
  server.maxConnections = maxConnections;
  const listening = once(server, 'listening');
  // The file is made within this call: it has its mode before anybody can connect.
  const mask = process.umask(0o777 & ~SOCKET_MODE);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  await listening;
  await chmod(path, SOCKET_MODE);
  return server;
}

async function removeStale(path: string): Promise<void> {
  const file = await lstat(path).catch(() => undefined);
  if (!file) return;
  if (file.isSocket() && !(await isAnswered(path))) return unlink(path);
  const what = file.isSocket() ? 'another process listens there' : 'there is a file in its place';
  throw new CofferdamError('INVALID_CONFIG', `cannot listen on ${path}: ${what}`);
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
