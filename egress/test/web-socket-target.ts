import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { counted } from './world.ts';

export interface WebSocketTarget {
  port: number;
  url: string;
  server: WebSocketServer;
  /** Headers of the handshakes that came. */
  headers: Record<string, unknown>[];
}

/** A real WebSocket server on a loopback address, gone with the test. */
export async function webSocketTarget(
  onSocket: (socket: WebSocket) => void,
  options: { handleProtocols?: () => string | false } = {},
): Promise<WebSocketTarget> {
  const http = createServer();
  const { port } = await counted(http);
  const server = new WebSocketServer({ server: http, ...options });
  const headers: WebSocketTarget['headers'] = [];
  server.on('connection', (socket, request) => {
    headers.push(request.headers);
    onSocket(socket);
  });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
  });
  return { port, url: `ws://127.0.0.1:${port}`, server, headers };
}

/** Sends every message back. */
export const echo = (socket: WebSocket) =>
  socket.on('message', (data, binary) => socket.send(data as Buffer, { binary }));
