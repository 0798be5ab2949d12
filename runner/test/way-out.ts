import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEgress } from '@cofferdam/egress';
import { Channel, type TicketUse } from '@cofferdam/protocol';
import { onTestFinished } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { webSocketOverChannel } from '../src/bridge/fetch/over-channel.ts';
import type { WebSocketStart, WebSocketStream } from '../src/bridge/websocket/stream.ts';

export type { WebSocket };

export interface WayOut {
  /** The server's address, with the scheme `ws`. */
  url: string;
  server: WebSocketServer;
  openWebSocket(start: WebSocketStart): WebSocketStream;
  /** Ends the run's ticket and answers what it was used for. */
  close(): Promise<TicketUse>;
}

export interface WayOutOptions {
  handleProtocols?: () => string | false;
}

/** A real server of WebSockets, and a real egress with a ticket for it; all gone with the test. */
export async function wayOutTo(
  onSocket: (socket: WebSocket) => void,
  options: WayOutOptions = {},
): Promise<WayOut> {
  const { port, server: http } = await httpServer(() => {});
  const server = new WebSocketServer({ server: http, ...options });
  server.on('connection', onSocket);
  const { control, runner } = await egress();
  const ticket = randomBytes(16).toString('base64url');
  const tickets = <T>(method: string, payload: object) =>
    control.call(method, { ticket, ...payload }, { deadlineMs: 5_000 }).reply as Promise<T>;
  await tickets('ticket.open', { runId: 'r-12345678', policy: policyFor(port) });
  const { signal } = new AbortController();
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
  });
  return {
    url: `ws://127.0.0.1:${port}`,
    server,
    openWebSocket: (start) => webSocketOverChannel(runner, { ...start, ticket }, signal),
    close: () => tickets<TicketUse>('ticket.close', {}),
  };
}

/** Sends every message back. */
export function echo(socket: WebSocket): void {
  socket.on('message', (data, binary) => socket.send(data as Buffer, { binary }));
}

/** A real HTTP server on a loopback address, gone with the test. */
export async function httpServer(listener: RequestListener) {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { port, server, url: `http://127.0.0.1:${port}` };
}

async function egress(): Promise<{ control: Channel; runner: Channel }> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-way-out-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [socket, controlSocket] = [join(folder, 'egress.sock'), join(folder, 'control.sock')];
  const started = await startEgress({ socket, controlSocket, aliases: {} });
  onTestFinished(() => started.close());
  return { control: await dial(controlSocket), runner: await dial(socket) };
}

async function dial(path: string): Promise<Channel> {
  const socket = connect(path);
  await once(socket, 'connect');
  const channel = new Channel(socket);
  onTestFinished(() => channel.close());
  return channel;
}

/** Budgets that are in nobody's way. */
function policyFor(port: number) {
  return {
    net: [{ host: '127.0.0.1', ports: [port] }],
    allowedCIDRs: ['127.0.0.0/8'],
    maxRequests: 1_000,
    maxBytesUp: 2 ** 40,
    maxBytesDown: 2 ** 40,
    maxConcurrent: 8,
    expiresAt: Date.now() + 60_000,
  };
}
