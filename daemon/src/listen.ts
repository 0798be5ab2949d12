import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { CofferdamError } from '@cofferdam/protocol/base';
import { InUseError } from './exit-code.ts';
import { checkSocketFile } from './place.ts';

/** Nobody but this user may connect. */
const SOCKET_MODE = 0o600;

/** Listens at a path whose lock this process holds: what is there and does not answer is taken away. */
export async function listen(
  path: string,
  onConnection: (socket: Socket) => void,
): Promise<Server> {
  if ((await checkSocketFile(path)) === 'socket') {
    if (await isAnswered(path)) throw new InUseError(`another program listens on ${path}`);
    await unlink(path);
  }
  const server = createServer(onConnection);
  const listening = once(server, 'listening');
  // The file is made within this call: it has its mode before anybody can connect.
  const mask = process.umask(0o777 & ~SOCKET_MODE);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  try {
    await listening;
  } catch (cause) {
    throw new CofferdamError('INVALID_CONFIG', `cannot listen on ${path}`, { cause });
  }
  return server;
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
