import { type Duplex, duplexPair } from 'node:stream';
import { Channel } from '@cofferdam/protocol';
import { expect, it } from 'vitest';
import { keepHeartbeat } from './heartbeat.ts';

const EVERY_MS = 5;

it('ends the connection of a peer that says nothing any more', async () => {
  const [ours] = duplexPair();
  const channel = new Channel(ours as Duplex);
  keepHeartbeat(channel, EVERY_MS);
  expect(await channel.closed).toMatchObject({ code: 'CONNECTION_LOST' });
});

it('leaves one alone that answers', async () => {
  const [ours, theirs] = duplexPair();
  const channel = new Channel(ours as Duplex);
  const peer = new Channel(theirs as Duplex);
  keepHeartbeat(channel, EVERY_MS);
  let closed = false;
  void channel.closed.then(() => (closed = true));
  for (let asked = 0; asked < 20; asked++) {
    // eslint-disable-next-line no-await-in-loop -- each is a time that the peer was heard
    await Promise.all([peer.ping(), new Promise((resolve) => setTimeout(resolve, EVERY_MS))]);
  }
  expect(closed).toBe(false);
  peer.close();
});
