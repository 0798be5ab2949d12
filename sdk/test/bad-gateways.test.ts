import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { encodeFrame, MAX_FRAME_BYTES } from '@cofferdam/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { createIsolateHost } from '../src/index.ts';

const servers: (Server | WebSocketServer)[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

async function listen(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {}).resume();
    onConnection(socket);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function upgrading(onSocket: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  servers.push(server);
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const connect = (url: string, timeoutMs = 3_000) =>
  createIsolateHost({ gateway: { url, timeoutMs } });
const hello = (payload: unknown) => encodeFrame('hello', false, 0, JSON.stringify(payload));
const HELLO = { version: 1, oldest: 1, about: { role: 'gateway' } };

describe('what answers at the address of a gateway', () => {
  it.each([
    ['an answer', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', 'UNAVAILABLE'],
    ['a redirect', 'HTTP/1.1 302 F\r\nlocation: http://127.0.0.1:1/\r\n\r\n', 'UNAVAILABLE'],
    ['that it is too busy', 'HTTP/1.1 429 T\r\n\r\n', 'RATE_LIMITED'],
    ['that it does not know who asks', 'HTTP/1.1 401 U\r\n\r\n', 'UNAUTHENTICATED'],
    ['that it may not', 'HTTP/1.1 403 F\r\n\r\n', 'FORBIDDEN'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'UNAVAILABLE'],
    ['an upgrade of another kind', 'HTTP/1.1 101 S\r\nupgrade: h2c\r\n\r\n', 'UNAVAILABLE'],
    ['a head without end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(1_000_000)}`, 'UNAVAILABLE'],
  ])('and says %s is none', async (_what, answer, code) => {
    const url = await listen((socket) => socket.write(answer));
    await expect(connect(url)).rejects.toMatchObject({ code });
  });

  it('and says nothing is given up in time', async () => {
    const url = await listen(() => {});
    await expect(connect(url, 150)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const upgraded = await upgrading(() => {});
    await expect(connect(upgraded, 150)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it.each([
    ['a text', (socket: WebSocket) => socket.send('{ "hello": "from another service" }')],
    ['random bytes', (socket: WebSocket) => socket.send(randomBytes(1_000))],
    [
      'that it is a daemon',
      (socket: WebSocket) => socket.send(hello({ ...HELLO, about: { role: 'daemon' } })),
    ],
    [
      'another version',
      (socket: WebSocket) => socket.send(hello({ ...HELLO, version: 9, oldest: 9 })),
    ],
  ])('and says on its WebSocket %s is none', async (_what, onSocket) => {
    const url = await upgrading(onSocket);
    const error = (await connect(url).catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    expect(error.message).toContain(url);
  });

  it.each([
    ['closes', (socket: WebSocket) => socket.close(1011)],
    ['breaks off', (socket: WebSocket) => socket.terminate()],
    [
      'sends more than a frame',
      (socket: WebSocket) => socket.send(Buffer.alloc(MAX_FRAME_BYTES + 100)),
    ],
  ])('and %s its WebSocket is unavailable', async (_what, onSocket) => {
    const url = await upgrading(onSocket);
    await expect(connect(url)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('and breaks off later fails what is under way', async () => {
    const opened = Promise.withResolvers<WebSocket>();
    const url = await upgrading((socket) => {
      socket.send(hello(HELLO));
      opened.resolve(socket);
    });
    const host = await connect(url);
    const opening = host.createRuntime();
    opening.catch(() => {});
    (await opened.promise).terminate();
    await expect(opening).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(await host.diagnostics()).toEqual({ runtimes: 0, servers: 0, connected: false });
    await host.close();
  });
});
