import { createWebSocketStream } from 'ws';
import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { runsInNamespace, tenantOf } from '../namespace.ts';

/** A connection on which nothing answers for so long is gone: a peer without power sends no end. */
const HEARTBEAT_MS = 30_000;

/** The duplex stream of embedders: a WebSocket whose binary messages are the wire's bytes. */
export function connectRoutes(app: FastifyInstance, { core }: HttpDeps): void {
  const { headers, onRequest } = runsInNamespace;
  const schema = {
    summary: 'Connect an embedder: a WebSocket that carries the frames of its runtimes',
    tags: ['runtimes'],
    headers,
  };
  app.get('/v1/connect', { schema, onRequest, websocket: true }, (socket, request) => {
    const channel = core.runtimes.connect(tenantOf(request), createWebSocketStream(socket));
    let heard = true;
    socket.on('pong', () => (heard = true));
    const heartbeat = setInterval(() => {
      if (!heard) return socket.terminate();
      heard = false;
      socket.ping();
    }, HEARTBEAT_MS).unref();
    void channel.closed.then(() => clearInterval(heartbeat));
  });
}
