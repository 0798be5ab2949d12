import { describe, expect, it, vi } from 'vitest';
import { channelAndRawPeer } from './raw-peer.ts';
import { channelPair, socketPair } from './socket-pair.ts';
import { Channel } from '@cofferdam/protocol';

describe('a silent channel', () => {
  it('sends not one byte before it greets, whatever it is asked', async () => {
    const handlers = { hello: () => 'world', fail: () => Promise.reject(new Error('no')) };
    const { channel, peer } = await channelAndRawPeer({ silent: true, handlers }, { reads: false });
    const heard: Buffer[] = [];
    peer.socket.on('data', (chunk: Buffer) => heard.push(chunk));
    peer.hello();
    peer.send('ping', false, 0);
    peer.call(1, 'hello');
    peer.call(2, 'fail');
    peer.call(3, 'none');
    await channel.peer;
    const closed = new Promise((resolve) => void peer.socket.once('close', resolve));
    channel.close();
    peer.socket.end();
    await closed;
    expect(Buffer.concat(heard)).toHaveLength(0);
  });

  it('says hello once it knows the other side, and works from then on', async () => {
    const { channel, peer } = await channelAndRawPeer({
      ...{ silent: true, about: { role: 'gateway' } },
      handlers: { double: ({ payload }) => (payload as number) * 2 },
    });
    peer.hello();
    await channel.peer;
    channel.greet();
    peer.call(1, 'double', 21);
    const reply = await peer.next(({ type }) => type === 'reply');
    expect(peer.frames.map(({ type }) => type)).toEqual(['hello', 'reply']);
    expect(reply.payload.toString()).toBe('42');
  });

  it('answers nothing to what was asked too early', async () => {
    const early = vi.fn<() => void>();
    const { channel, peer } = await channelAndRawPeer({ silent: true, handlers: { early } });
    peer.hello();
    peer.call(1, 'early');
    await channel.peer;
    await vi.waitUntil(() => early.mock.calls.length === 1);
    await new Promise(setImmediate);
    channel.greet();
    peer.send('ping', false, 0);
    await peer.next(({ type }) => type === 'pong');
    expect(peer.frames.map(({ type }) => type)).toEqual(['hello', 'pong']);
  });

  it('waits for the other side’s hello no longer than it says', async () => {
    const [ours] = await socketPair();
    const channel = new Channel(ours, { silent: true, helloWithinMs: 10 });
    expect(await channel.closed).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  it('keeps the other side waiting for its hello', async () => {
    const [near, far] = await socketPair();
    const silent = new Channel(near, { silent: true });
    const other = new Channel(far, {});
    await silent.peer;
    const heard = vi.fn<(hello: unknown) => void>();
    void other.peer.then(heard);
    const said = await Promise.race([other.peer, silent.peer.then(() => 'nothing yet')]);
    expect(said).toBe('nothing yet');
    silent.greet();
    expect(await other.peer).toBeDefined();
  });
});

it('a channel that is not silent says hello at once', async () => {
  const { near, far } = await channelPair({ about: { a: 1 } });
  expect((await far.peer).about).toEqual({ a: 1 });
  expect(near.inFlight).toBe(0);
});
