import { once } from 'node:events';
import type { IsolateHost, WebSocketCommand } from 'cofferdam';
import { WebSocket } from 'ws';
import { CONNECTIONS, Echoes, MESSAGE, type EchoPeer } from './echo.ts';
import { serve } from './guests.ts';
import { GUEST_ECHO } from './workload.ts';

/** An app server's connections: what its clients say and are told are calls of this process. */
export async function guestPeer(host: IsolateHost): Promise<EchoPeer> {
  const echoes = new Echoes();
  const ids: string[] = [];
  const onCommand = (command: WebSocketCommand) => {
    if (command.type === 'close') echoes.fail(new Error(`the guest closed: ${command.reason}`));
    else echoes.came(ids.indexOf(command.connectionId), String(command.data));
  };
  const server = await serve(host, GUEST_ECHO, { key: 'bench/echo', webSockets: { onCommand } });
  while (ids.length < CONNECTIONS) {
    // eslint-disable-next-line no-await-in-loop -- one after the other
    const result = await server.handle(new Request('http://bench.example/'));
    if (result.type === 'response') throw new Error('the guest did not upgrade');
    // eslint-disable-next-line no-await-in-loop
    await server.ws.open(result.upgradeData.connectionId);
    ids.push(result.upgradeData.connectionId);
  }
  return {
    echoes,
    send: (connection) => void server.ws.message(ids[connection]!, MESSAGE).catch(echoes.fail),
    close: () => server.dispose(),
  };
}

/** Connections of the package `ws` to a server at an address. */
export async function clientPeer(address: string): Promise<EchoPeer> {
  const echoes = new Echoes();
  const sockets: WebSocket[] = [];
  while (sockets.length < CONNECTIONS) {
    const connection = sockets.length;
    const socket = new WebSocket(address, { perMessageDeflate: false });
    socket.on('error', echoes.fail);
    socket.on('close', (code) => echoes.fail(new Error(`closed with ${code}`)));
    socket.on('message', (data: Buffer) => echoes.came(connection, data.toString()));
    // eslint-disable-next-line no-await-in-loop -- one after the other
    await once(socket, 'open');
    sockets.push(socket);
  }
  return {
    echoes,
    send: (connection) => sockets[connection]!.send(MESSAGE),
    close: async () => sockets.forEach((socket) => socket.terminate()),
  };
}
