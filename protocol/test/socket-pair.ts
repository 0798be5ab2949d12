import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Channel, type ChannelOptions } from '@cofferdam/protocol';

/** Two ends of one Unix socket, closed when the test is over. */
export async function socketPair(): Promise<[Socket, Socket]> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-wire-'));
  const path = join(folder, 'pair.sock');
  const server = createServer().listen(path);
  await once(server, 'listening');
  const dialled = connect(path);
  const [accepted] = (await once(server, 'connection')) as [Socket];
  onTestFinished(async () => {
    dialled.destroy();
    accepted.destroy();
    server.close();
    await rm(folder, { recursive: true });
  });
  return [dialled, accepted];
}

/** Two channels on one socket: `near` is the test's own side. */
export async function channelPair(
  near: ChannelOptions = {},
  far: ChannelOptions = {},
): Promise<{ near: Channel; far: Channel }> {
  const [dialled, accepted] = await socketPair();
  const pair = { near: new Channel(dialled, near), far: new Channel(accepted, far) };
  await Promise.all([pair.near.peer, pair.far.peer]);
  return pair;
}
