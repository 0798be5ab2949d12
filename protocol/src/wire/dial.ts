import { connect } from 'node:net';
import { CofferdamError } from '../error/cofferdam-error.ts';
import { readAddress } from './address.ts';
import { Channel, type ChannelOptions } from './channel.ts';

/** A peer that is gone without a word is noticed within minutes. */
const KEEP_ALIVE_MS = 30_000;

/** Dials a Unix socket (a path) or a TCP address (`host:port`) and says hello. */
export async function dial(address: string, options: ChannelOptions): Promise<Channel> {
  const socket = connect({
    ...readAddress(address),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (cause) =>
      reject(new CofferdamError('CONNECTION_LOST', `cannot reach ${address}`, { cause })),
    );
  });
  return new Channel(socket, options);
}
