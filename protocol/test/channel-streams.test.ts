import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { CallOptions, IncomingCall } from '@cofferdam/protocol';
import { STREAM_WINDOW_BYTES } from '../src/wire/flow.ts';
import { channelAndRawPeer } from './raw-peer.ts';
import { channelPair } from './socket-pair.ts';

const patient: CallOptions = { deadlineMs: 20_000 };
const MiB = 1024 * 1024;

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const pattern = (bytes: number) =>
  Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => i % 251));

/** Sends back every byte as it comes. */
async function mirror(call: IncomingCall): Promise<number> {
  let bytes = 0;
  for await (const chunk of call.data) {
    bytes += chunk.byteLength;
    await call.write(chunk);
  }
  call.end();
  return bytes;
}

describe('a stream', () => {
  it('carries every byte in order, both ways at once', async () => {
    const { near } = await channelPair({}, { handlers: { mirror } });
    const sent = pattern(3 * MiB + 17);
    const call = near.call('mirror', null, patient);
    const back = collect(call.data);
    await call.write(sent);
    call.end();
    await expect(call.reply).resolves.toBe(sent.byteLength);
    expect((await back).equals(sent)).toBe(true);
  });

  it('passes bytes on beside those that it copies, in order, whatever their size', async () => {
    const { near } = await channelPair({}, { handlers: { mirror } });
    const sizes = [1, 9, 8 * 1024 - 1, 8 * 1024, 64 * 1024, 64 * 1024 + 1, STREAM_WINDOW_BYTES + 3];
    const parts = [...sizes, ...sizes].map((size, index) => Buffer.alloc(size, index + 1));
    const call = near.call('mirror', null, patient);
    const back = collect(call.data);
    const written = parts.map((part, index) =>
      index % 3 === 0 ? call.write(part) : call.pass(part),
    );
    await Promise.all(written);
    call.end();
    expect((await back).equals(Buffer.concat(parts))).toBe(true);
  });

  it('lets whoever wrote bytes change them, once they are written', async () => {
    const { near } = await channelPair({}, { handlers: { mirror } });
    const call = near.call('mirror', null, patient);
    const back = collect(call.data);
    const bytes = Buffer.alloc(64 * 1024, 1);
    await call.write(bytes);
    bytes.fill(2);
    await call.write(bytes);
    call.end();
    const expected = Buffer.concat([1, 2].map((value) => Buffer.alloc(64 * 1024, value)));
    expect((await back).equals(expected)).toBe(true);
  });

  it('keeps the order of writes that nobody awaits, and ends after the last', async () => {
    const { near } = await channelPair({}, { handlers: { take: (c) => collectText(c) } });
    const call = near.call('take', null, patient);
    const parts = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(STREAM_WINDOW_BYTES - 1));
    for (const part of parts) void call.write(Buffer.from(part));
    call.end();
    await expect(call.reply).resolves.toBe(parts.join(''));
  });

  it('stops at the window while the reader stalls, and goes on when it reads', async () => {
    const { channel, peer } = await channelAndRawPeer();
    peer.hello();
    const call = channel.call('take', null, patient);
    let done = false;
    const writing = call.write(Buffer.alloc(10 * MiB)).then(() => (done = true));
    await bytesOfData(peer, STREAM_WINDOW_BYTES);
    // What was written before the ping has come when its pong has.
    await roundTrip(channel, peer);
    expect(dataBytes(peer)).toBe(STREAM_WINDOW_BYTES);
    expect(done).toBe(false);

    const credit = Buffer.alloc(4);
    for (let given = STREAM_WINDOW_BYTES; given < 10 * MiB; given += STREAM_WINDOW_BYTES) {
      credit.writeUInt32BE(STREAM_WINDOW_BYTES);
      peer.send('credit', true, 1, credit);
      // eslint-disable-next-line no-await-in-loop -- one window after another
      await bytesOfData(peer, given + STREAM_WINDOW_BYTES);
    }
    await writing;
    expect(dataBytes(peer)).toBe(10 * MiB);
  });

  it('breaks for the reader when the call fails, after what had come', async () => {
    const fail = async (call: IncomingCall) => {
      await call.write(Buffer.from('half'));
      throw new Error('broken');
    };
    const { near } = await channelPair({}, { handlers: { fail } });
    const call = near.call('fail', null, patient);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of call.data) seen.push(chunk.toString());
    })();
    await expect(reading).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(seen).toEqual(['half']);
  });

  it('releases a writer whose call was answered without reading', async () => {
    const { near } = await channelPair({}, { handlers: { ignore: () => 'done' } });
    const call = near.call('ignore', null, patient);
    const writing = call.write(Buffer.alloc(2 * MiB));
    await expect(call.reply).resolves.toBe('done');
    await expect(writing).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('releases a handler that still reads or writes after it has answered', async () => {
    const left = Promise.withResolvers<PromiseSettledResult<unknown>[]>();
    const leave = (call: IncomingCall) => {
      const rest = [call.write(Buffer.alloc(2 * MiB)), collect(call.data)];
      void Promise.allSettled(rest).then(left.resolve);
      return 'gone';
    };
    const { near } = await channelPair({}, { handlers: { leave } });
    const call = near.call('leave', null, patient);
    await expect(call.reply).resolves.toBe('gone');
    expect((await left.promise).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('events', () => {
  it('arrive in order, both ways, before the answer', async () => {
    const chat = async (call: IncomingCall) => {
      for (const n of [1, 2, 3]) call.emit({ n });
      return new Promise((resolve) => (call.onEvent = resolve));
    };
    const { near } = await channelPair({}, { handlers: { chat } });
    const seen: unknown[] = [];
    const call = near.call('chat', null, { ...patient, onEvent: (event) => seen.push(event) });
    call.emit('enough');
    await expect(call.reply).resolves.toBe('enough');
    expect(seen).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('close the connection beyond their cap', async () => {
    const flood = (call: IncomingCall) => {
      for (let i = 0; i < 1000; i++) call.emit('x'.repeat(100));
    };
    const { near } = await channelPair({ maxEventBytes: 64 * 1024 }, { handlers: { flood } });
    const { reply } = near.call('flood', null, { ...patient, onEvent: () => {} });
    await expect(reply).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    await expect(near.closed).resolves.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });
});

async function collectText(call: IncomingCall): Promise<string> {
  return (await collect(call.data)).toString();
}

type Pair = Awaited<ReturnType<typeof channelAndRawPeer>>;

function dataBytes(peer: Pair['peer']): number {
  return peer.frames
    .filter(({ type }) => type === 'data')
    .reduce((sum, { payload }) => sum + payload.byteLength, 0);
}

async function bytesOfData(peer: Pair['peer'], bytes: number): Promise<void> {
  while (dataBytes(peer) < bytes) {
    // eslint-disable-next-line no-await-in-loop -- one arrival after another
    await once(peer.socket, 'frames');
  }
}

async function roundTrip(channel: Pair['channel'], peer: Pair['peer']): Promise<void> {
  const pong = channel.ping();
  await peer.next(({ type }) => type === 'ping');
  peer.send('pong', false, 0);
  await pong;
}
