import { once } from 'node:events';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Channel, MAX_FRAME_BYTES, type IncomingCall } from '@cofferdam/protocol';
import { MAX_HELLO_BYTES } from '../src/wire/hello.ts';
import { STREAM_WINDOW_BYTES } from '../src/wire/flow.ts';
import { channelAndRawPeer, RawPeer } from './raw-peer.ts';
import { socketPair } from './socket-pair.ts';

const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);

beforeAll(() => {
  process.on('unhandledRejection', note);
});
afterAll(() => {
  process.off('unhandledRejection', note);
});

const hold = (call: IncomingCall) =>
  new Promise((resolve) => call.signal.addEventListener('abort', resolve));

async function expectThrownOut(channel: Channel, peer: RawPeer): Promise<void> {
  await expect(channel.closed).resolves.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  if (!peer.socket.closed) await once(peer.socket, 'close');
}

const credit = (bytes: number) => {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return payload;
};

const bomb = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const header = (length: number, type: number) => {
  const bytes = Buffer.alloc(9);
  bytes.writeUInt32BE(length);
  bytes[4] = type;
  return bytes;
};

/** What a peer sends before it has said who it is. */
const beforeHello: Record<string, (peer: RawPeer) => void> = {
  'a call without a hello': (peer) => peer.call(1, 'hold'),
  'a hello that is no JSON': (peer) => peer.send('hello', false, 0, 'hello'),
  'a hello of a version to come': (peer) =>
    peer.send('hello', false, 0, '{"version":9,"oldest":8}'),
  'a hello of a version that is forgotten': (peer) =>
    peer.send('hello', false, 0, '{"version":0,"oldest":0}'),
  'a hello of no version': (peer) => peer.send('hello', false, 0, 'null'),
  'a hello whose versions are no numbers': (peer) =>
    peer.send('hello', false, 0, '{"version":{"toString":1},"oldest":[]}'),
  'a hello that nests': (peer) =>
    peer.send('hello', false, 0, `{"version":1,"oldest":1,"about":${bomb.slice(99_900, 100_100)}}`),
  'a hello that is too large': (peer) =>
    peer.send('hello', false, 0, `"${'x'.repeat(MAX_HELLO_BYTES)}"`),
  'the mere announcement of a large hello': (peer) =>
    peer.socket.write(header(MAX_HELLO_BYTES + 1, 1)),
  garbage: (peer) => peer.socket.write('GET / HTTP/1.1\r\nhost: cofferdam\r\n\r\n'),
};

/** What a peer sends that has been let in; call 1 of its own is under way, and call 1 of ours. */
const afterHello: Record<string, (peer: RawPeer) => void> = {
  'a second hello': (peer) => peer.hello(),
  'a call id that is in use': (peer) => peer.call(1, 'hold'),
  'data beyond the credit': (peer) => {
    for (let sent = 0; sent <= STREAM_WINDOW_BYTES; sent += 64 * 1024) {
      peer.send('data', false, 1, Buffer.alloc(64 * 1024));
    }
  },
  'data after the end': (peer) => {
    peer.send('end', false, 1);
    peer.send('data', false, 1, 'x');
  },
  'more credit than there is': (peer) => peer.send('credit', true, 1, credit(0xffff_ffff)),
  'credit that is no number': (peer) => peer.send('credit', true, 1, 'lots'),
  'a reply that nests': (peer) => peer.send('reply', true, 1, bomb),
  'a reply that is no JSON': (peer) => peer.send('reply', true, 1, '{'),
  'an error that nests': (peer) => peer.send('error', true, 1, bomb),
  'an event that nests': (peer) => peer.send('event', true, 1, bomb),
  'a call whose payload nests': (peer) => {
    peer.send(
      'call',
      false,
      2,
      Buffer.concat([Buffer.from([0, 0, 0, 9, 1, 0x68]), Buffer.from(bomb)]),
    );
  },
  'a call without a method': (peer) =>
    peer.send('call', false, 2, Buffer.from([0, 0, 0, 9, 0, 0x31])),
  'a call that is cut short': (peer) => peer.send('call', false, 2, Buffer.from([0, 0])),
  'a reply to its own call': (peer) => peer.send('reply', false, 1, '1'),
  'a cancel of our call': (peer) => peer.send('cancel', true, 1),
  'a frame of no type': (peer) => peer.socket.write(header(0, 99)),
  'a frame that is too large': (peer) => peer.socket.write(header(MAX_FRAME_BYTES + 1, 6)),
};

describe('a hostile peer is thrown out for', () => {
  it.each(Object.entries(beforeHello))('%s', async (_, attack) => {
    const { channel, peer } = await channelAndRawPeer({ handlers: { hold } });
    attack(peer);
    await expectThrownOut(channel, peer);
    await expect(channel.peer).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  it.each(Object.entries(afterHello))('%s', async (_, attack) => {
    const { channel, peer } = await channelAndRawPeer({ handlers: { hold } });
    peer.hello();
    peer.call(1, 'hold');
    const { reply } = channel.call('anything', null, { deadlineMs: 20_000, onEvent: () => {} });
    await peer.next(({ type }) => type === 'call');
    attack(peer);
    await expectThrownOut(channel, peer);
    await expect(reply).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    expect(channel.inFlight).toBe(0);
  });

  it('never saying hello', async () => {
    const { channel, peer } = await channelAndRawPeer({ helloWithinMs: 20 });
    await expectThrownOut(channel, peer);
    await expect(channel.peer).rejects.toMatchObject({ message: 'no hello in time' });
  });

  it.each([
    ['calls', (peer: RawPeer, i: number) => peer.call(i, 'nope')],
    ['pings', (peer: RawPeer) => peer.send('ping', false, 0)],
  ])('%s whose answers it never reads', async (_, sendOne) => {
    const { channel, peer } = await channelAndRawPeer(
      { maxUnsentBytes: 4 * 1024 * 1024 },
      { reads: false },
    );
    peer.hello();
    const state = { ended: false };
    void channel.closed.then(() => (state.ended = true));
    for (let i = 0; !state.ended && i < 100_000; i++) {
      sendOne(peer, i);
      // eslint-disable-next-line no-await-in-loop -- the channel shares this event loop
      if (i % 1000 === 0) await new Promise(setImmediate);
    }
    await expect(channel.closed).resolves.toMatchObject({
      code: 'PROTOCOL_VIOLATION',
      message: 'the peer does not read',
    });
  });

  it('bytes at random after a hello, or is still served, and nothing goes unhandled', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 64 })), async (noise) => {
        const { channel, peer } = await channelAndRawPeer({ handlers: { hold } });
        peer.hello();
        for (const bytes of noise) peer.socket.write(bytes);
        peer.socket.end();
        const reason = await channel.closed;
        expect([undefined, 'PROTOCOL_VIOLATION']).toContain(reason?.code);
      }),
      { numRuns: 50 },
    );
  });
});

describe('a hostile peer gains nothing by', () => {
  it('frames about calls that nobody knows', async () => {
    const { channel, peer } = await channelAndRawPeer();
    peer.hello();
    for (const toCaller of [true, false]) {
      for (const type of ['reply', 'error', 'event', 'data', 'end', 'cancel', 'credit'] as const) {
        peer.send(type, toCaller, 4711, credit(1));
      }
    }
    peer.send('pong', false, 0);
    peer.send('ping', false, 0);
    await peer.next(({ type }) => type === 'pong');
    expect(channel.inFlight).toBe(0);
  });

  it('answering a call twice', async () => {
    const { channel, peer } = await channelAndRawPeer();
    peer.hello();
    const { reply } = channel.call('anything', null, { deadlineMs: 20_000 });
    await peer.next(({ type }) => type === 'call');
    peer.send('reply', true, 1, '"first"');
    peer.send('reply', true, 1, '"second"');
    peer.send('error', true, 1, '{"code":"INTERNAL"}');
    await expect(reply).resolves.toBe('first');
  });

  it.each([
    ['a code of no catalogue', '{"code":"PWNED","message":"text"}', 'INTERNAL', 'text'],
    ['a code that every object has', '{"code":"constructor"}', 'INTERNAL', undefined],
    ['no error at all', 'null', 'INTERNAL', undefined],
    ['a message that is none', '{"code":"UNAVAILABLE","message":{}}', 'UNAVAILABLE', undefined],
  ])('an error with %s', async (_, wire, code, message) => {
    const { channel, peer } = await channelAndRawPeer();
    peer.hello();
    const { reply } = channel.call('anything', null, { deadlineMs: 20_000 });
    await peer.next(({ type }) => type === 'call');
    peer.send('error', true, 1, wire);
    await expect(reply).rejects.toMatchObject({ code, ...(message ? { message } : {}) });
  });

  it('starting more calls than it may, or cancelling them to start others', async () => {
    let running = 0;
    let most = 0;
    const gate = Promise.withResolvers<void>();
    const work = async () => {
      most = Math.max(most, ++running);
      await gate.promise;
      running--;
    };
    const { peer } = await channelAndRawPeer({ handlers: { work }, maxInFlight: 4 });
    peer.hello();
    for (let id = 1; id <= 100; id++) {
      peer.call(id, 'work');
      peer.send('cancel', false, id);
    }
    const refused = await peer.next(({ type, callId }) => type === 'error' && callId === 100);
    expect(refused.payload.toString()).toContain('QUEUE_FULL');
    gate.resolve();
    expect(most).toBe(4);
  });

  it('using the id of a cancelled call again: each handler answers its own', async () => {
    const gates = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    let started = 0;
    const { peer } = await channelAndRawPeer({
      handlers: { work: () => gates[started++]!.promise },
    });
    peer.hello();
    peer.call(1, 'work');
    peer.send('cancel', false, 1);
    peer.call(1, 'work');
    peer.send('ping', false, 0);
    await peer.next(({ type }) => type === 'pong');
    gates[0]!.resolve('old');
    await new Promise(setImmediate);
    gates[1]!.resolve('new');
    const reply = await peer.next(({ type }) => type === 'reply');
    expect(reply.payload.toString()).toBe('"new"');
  });

  it('data in single bytes, or in none', async () => {
    const total = Promise.withResolvers<number>();
    const gate = Promise.withResolvers<void>();
    const count = async (call: IncomingCall) => {
      await gate.promise;
      let chunks = 0;
      let bytes = 0;
      for await (const chunk of call.data) {
        chunks++;
        bytes += chunk.byteLength;
      }
      total.resolve(bytes);
      return chunks;
    };
    const { peer } = await channelAndRawPeer({ handlers: { count } });
    peer.hello();
    peer.call(1, 'count');
    for (let i = 0; i < 20_000; i++) {
      peer.send('data', false, 1, 'x');
      peer.send('data', false, 1, '');
    }
    peer.send('end', false, 1);
    peer.send('ping', false, 0);
    await peer.next(({ type }) => type === 'pong');
    gate.resolve();
    await expect(total.promise).resolves.toBe(20_000);
    // Held joined, not as an object for each byte.
    const reply = await peer.next(({ type }) => type === 'reply');
    expect(Number(reply.payload.toString())).toBeLessThan(1100);
  });

  it('keeping its side open after ours has ended', async () => {
    const [ours, theirs] = await socketPair();
    theirs.allowHalfOpen = true;
    const channel = new Channel(ours, { closeGraceMs: 20 });
    const peer = new RawPeer(theirs, true);
    peer.hello();
    await channel.peer;
    channel.close();
    await once(ours, 'close');
    expect(theirs.writable).toBe(true);
  });

  it('anything of the above: nothing was left unhandled', async () => {
    await new Promise(setImmediate);
    expect(unhandled).toEqual([]);
  });
});
