import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CofferdamError, MAX_FRAME_BYTES, type CallHandler } from '@cofferdam/protocol';
import type { WebSocket } from 'ws';
import type { GatewayOptions } from '../types.ts';
import type { Connection } from './connection.ts';
import { greet } from './greet.ts';
import { SocketConnection } from './socket-connection.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
/** A gateway pings every 30 s: one that is silent for longer than two of them is gone. */
const SILENCE_MS = 75_000;
const HEADER_BYTES = 9;
/** How a gateway closes a connection whose token was taken back or has run out. */
const POLICY_VIOLATION = 1008;

/**
 * Connects to a gateway, on a WebSocket that carries the same frames as a daemon's socket. Throws
 * `UNAUTHENTICATED` or `FORBIDDEN` as the gateway answers, `UNAVAILABLE` where it cannot be reached,
 * `DEADLINE_EXCEEDED` where it does not answer in time, `PROTOCOL_VIOLATION` where it is none or one
 * of another version.
 */
export async function connectGateway(
  { url, token, namespace, timeoutMs = DEFAULT_TIMEOUT_MS }: GatewayOptions,
  handlers: Record<string, CallHandler>,
): Promise<Connection> {
  // Only here: who uses a daemon has no need of it, and it is 14 modules.
  const { createWebSocketStream, WebSocket } = await import('ws');
  const socket = new WebSocket(connectAddress(url), {
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(namespace === undefined ? {} : { 'x-cofferdam-namespace': namespace }),
    },
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES + HEADER_BYTES,
  });
  const description = `the gateway at ${url}`;
  const streamed = { socket, stream: createWebSocketStream(socket) };
  const connection = connectionOn(streamed, { handlers, description });
  socket.once('unexpected-response', (_request, { statusCode }: IncomingMessage) => {
    connection.channel.close(refusalOf(statusCode ?? 0, description));
    socket.terminate();
  });
  try {
    await greet(connection, { role: 'gateway', withinMs: timeoutMs });
    return connection;
  } catch (error) {
    if (CofferdamError.from(error).code !== 'CONNECTION_LOST') throw error;
    const message = `${description} cannot be reached`;
    throw new CofferdamError('UNAVAILABLE', message, { cause: error });
  }
}

function connectAddress(url: string): URL {
  const address = new URL(url);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.pathname = `${address.pathname.replace(/\/+$/, '')}/v1/connect`;
  address.search = '';
  address.hash = '';
  return address;
}

function connectionOn(
  { socket, stream }: { socket: WebSocket; stream: Duplex },
  options: { handlers: Record<string, CallHandler>; description: string },
): Connection {
  let tcp: Socket | undefined;
  socket.once('upgrade', (response: IncomingMessage) => (tcp = response.socket));
  const handle = { ref: () => tcp?.ref(), unref: () => tcp?.unref() };
  // Before it is open: the gateway's hello comes with the answer.
  const connection = new SocketConnection(stream, { ...options, handle });
  const silence = setTimeout(() => socket.terminate(), SILENCE_MS).unref();
  socket.on('ping', () => silence.refresh());
  socket.once('close', (code) => {
    clearTimeout(silence);
    if (code === POLICY_VIOLATION) connection.channel.close(takenAway(options.description));
    // One that broke off never says that it has sent everything: nobody waits for that.
    if (stream.readableEnded) stream.destroy();
    else stream.once('end', () => stream.destroy());
  });
  return connection;
}

function takenAway(description: string): CofferdamError {
  return new CofferdamError(
    'FORBIDDEN',
    `${description} ended the connection: its token may not have it any more`,
  );
}

function refusalOf(status: number, description: string): CofferdamError {
  if (status === 401) return new CofferdamError('UNAUTHENTICATED');
  if (status === 403) return new CofferdamError('FORBIDDEN');
  if (status === 429) return new CofferdamError('RATE_LIMITED');
  return new CofferdamError('UNAVAILABLE', `${description} answered ${status}`);
}
