import type { WebSocket } from 'ws';

/** A connection on which nothing answers for so long is gone: a peer without power sends no end. */
const HEARTBEAT_MS = 30_000;

/** Ends a connection whose other end does not answer. */
export function keepAlive(socket: WebSocket): void {
  let heard = true;
  socket.on('pong', () => (heard = true));
  const heartbeat = setInterval(() => {
    if (!heard) return socket.terminate();
    heard = false;
    socket.ping();
  }, HEARTBEAT_MS).unref();
  socket.once('close', () => clearInterval(heartbeat));
}
