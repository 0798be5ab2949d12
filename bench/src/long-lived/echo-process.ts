import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

/** The reference of WebSockets: `ws` alone, sending back what comes. */
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
server.on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
await once(server, 'listening');
process.stdout.write(`ws://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
