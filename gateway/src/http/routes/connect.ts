import { createWebSocketStream } from 'ws';
import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { runsInNamespace, tenantOf } from '../namespace.ts';
import { watchStanding } from '../standing.ts';
import { keepAlive } from './heartbeat.ts';

/** The duplex stream of embedders: a WebSocket whose binary messages are the wire's bytes. */
export function connectRoutes(app: FastifyInstance, deps: HttpDeps): void {
  const { headers, onRequest } = runsInNamespace;
  const schema = {
    summary: 'Connect an embedder: a WebSocket that carries the frames of its runtimes',
    tags: ['runtimes'],
    headers,
  };
  app.get(
    '/v1/connect',
    { schema, onRequest, websocket: true, config: { starts: true } },
    (socket, request) => {
      deps.core.runtimes.connect(tenantOf(request), createWebSocketStream(socket));
      keepAlive(socket);
      watchStanding(socket, request, deps);
    },
  );
}
