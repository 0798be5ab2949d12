import { connect } from 'node:net';
import { Channel, CofferdamError, type ChannelOptions } from '@cofferdam/protocol';

/** Dials a Unix socket (a path) or a TCP address (`host:port`) and says hello. */
export async function dial(address: string, options: ChannelOptions): Promise<Channel> {
  const socket = address.startsWith('/') ? connect(address) : connectTcp(address);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (cause) =>
      reject(new CofferdamError('CONNECTION_LOST', `cannot reach ${address}`, { cause })),
    );
  });
  return new Channel(socket, options);
}

function connectTcp(address: string) {
  const { hostname, port } = new URL(`tcp://${address}`);
  return connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), noDelay: true });
}
