import { once } from 'node:events';
import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { CofferdamError, readAddress } from '@cofferdam/protocol';

export interface ListenOptions {
  /** A Unix socket's path, or `host:port`. */
  address: string;
  maxConnections: number;
  onConnection: (socket: Socket) => void;
}

/** A peer that is gone without a word is noticed within minutes. */
const SOCKETS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 };
/** Nobody but this user may connect. */
const SOCKET_MODE = 0o600;

/** Listens on `host:port` or a Unix socket; a file that a process left behind is replaced, one in use is not. */
export async function listen(options: ListenOptions): Promise<Server> {
  const where = readAddress(options.address);
  const server = createServer(SOCKETS, options.onConnection);
  server.maxConnections = options.maxConnections;
  if ('path' in where) return listenOnPath(server, where.path);
  server.listen(where);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { code } = Object(cause) as { code?: unknown };
    const why = code === 'EADDRINUSE' ? 'another process listens there' : String(code);
    throw cannotListen(options.address, why, cause);
  }
  return server;
}

async function listenOnPath(server: Server, path: string): Promise<Server> {
  await removeStale(path);
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
  throw cannotListen(path, what);
}

function cannotListen(address: string, why: string, cause?: unknown): CofferdamError {
  return new CofferdamError('INVALID_CONFIG', `cannot listen on ${address}: ${why}`, { cause });
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
