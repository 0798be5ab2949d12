import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { encodeCall, encodeFrame, helloPayload, MAX_FRAME_BYTES } from '@cofferdam/protocol';
import { scaled } from '../src/scale.ts';
import { dial, only, startOf, target, world, type World } from '../../egress/test/world.ts';

const GUESSES = scaled({ quick: 2_000, ci: 10_000, full: 20_000 });
const FLOOD = scaled({ quick: 10_000, ci: 30_000, full: 100_000 });
const LARGE = scaled({ quick: 10, ci: 40, full: 200 });
/** Nothing more is taken from one that does not read. */
const DEAF_MS = 200;
const MiB = 1024 * 1024;
const MAX_GROWN = 200 * MiB;

/** A connection on which anything is said. */
async function liar(path: string): Promise<Socket> {
  const socket = connect(path);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(encodeFrame('hello', false, 0, helloPayload({})));
  return socket;
}

const call = (id: number, payload: unknown) =>
  encodeFrame('call', false, id, encodeCall('fetch', 60_000, payload));
const held = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;

/** Whatever is said on another connection, this runner's requests are carried out. */
async function whileServing(out: World, lie: () => Promise<void>): Promise<void> {
  const seen = await target((_request, response) => response.end('ok'));
  const ticket = await out.open({ ...only('127.0.0.1', seen.port), maxRequests: 10_000 });
  const over = new AbortController();
  const before = held();
  let grown = 0;
  const serving = (async () => {
    while (!over.signal.aborted) {
      expect(await out.fetch(ticket, { url: seen.url }).text()).toBe('ok');
      grown = Math.max(grown, held() - before);
    }
  })();
  await lie();
  over.abort();
  await serving;
  expect(grown).toBeLessThan(MAX_GROWN);
}

/** As the other end takes it, until it has had enough. */
async function pour(
  socket: Socket,
  times: number,
  bytes: (index: number) => Buffer,
): Promise<void> {
  for (let index = 1; index <= times && !socket.destroyed; index++) {
    const over = new AbortController();
    if (!socket.write(bytes(index))) {
      const events = ['drain', 'close'].map((name) => once(socket, name, over));
      for (const event of events) event.catch(() => {});
      await Promise.race([...events, new Promise((resolve) => setTimeout(resolve, DEAF_MS))]).catch(
        () => {},
      );
    }
    over.abort();
    if (index % 500 === 0) await new Promise(setImmediate);
  }
}

describe('a runner that lies to egress harms nobody else', () => {
  it('by guessing tickets: none is found, and all are told the same', async () => {
    const out = await world();
    await whileServing(out, async () => {
      const thief = await dial(out.socket);
      const answers = new Set<string>();
      for (let left = GUESSES; left > 0; left -= 200) {
        const guesses = Array.from({ length: 200 }, () => {
          const ticket = randomBytes(16).toString('base64url');
          const payload = { ticket, ...startOf({ url: 'http://127.0.0.1/' }) };
          return thief.call('fetch', payload, { deadlineMs: 20_000 }).reply.catch(String);
        });
        for (const answer of await Promise.all(guesses)) answers.add(String(answer));
      }
      expect([...answers]).toEqual([expect.stringContaining('ticket')]);
    });
  }, 60_000);

  it('by a ticket of somebody else’s that is in use, by a hundred calls at once', async () => {
    const out = await world();
    const seen = await target((_request, response) => response.end('theirs'));
    const theirs = await out.open(only('127.0.0.1', seen.port));
    expect(await out.fetch(theirs, { url: seen.url }).text()).toBe('theirs');
    await whileServing(out, async () => {
      const thief = await dial(out.socket);
      const tries = Array.from({ length: 100 }, () =>
        out.fetch(theirs, { url: seen.url }, { from: thief }).use.catch(({ code }) => String(code)),
      );
      expect([...new Set(await Promise.all(tries))]).toEqual(['EGRESS_TICKET']);
    });
    expect(seen.connections).toBe(1);
  });

  it.each<[string, number, (index: number) => Buffer]>([
    ['a flood of calls', FLOOD, (id) => call(id, { ticket: 'x' })],
    ['a flood of cancels', FLOOD, (id) => encodeFrame('cancel', false, id)],
    ['a flood of pings', FLOOD, () => encodeFrame('ping', false, 0)],
    ['calls of a megabyte', LARGE, (id) => call(id, { ticket: 'x'.repeat(MiB) })],
    ['a frame that never ends', 15, (index) => (index === 1 ? endless() : Buffer.alloc(MiB))],
    ['bytes at random', 2_000, () => randomBytes(512)],
  ])('by %s, read and unread', { timeout: 60_000 }, async (_what, times, bytes) => {
    const out = await world();
    await whileServing(out, async () => {
      const [reading, deaf] = [await liar(out.socket), await liar(out.socket)];
      reading.resume();
      deaf.pause();
      await Promise.all([pour(reading, times, bytes), pour(deaf, times, bytes)]);
      reading.destroy();
      deaf.destroy();
    });
    expect(
      await out.fetch(await out.open(), { url: 'http://a.test/' }).use.catch(String),
    ).toContain('permissions.net');
  });
});

function endless(): Buffer {
  const head = Buffer.from([0, 0, 0, 0, 2, 0, 0, 0, 1]);
  head.writeUInt32BE(MAX_FRAME_BYTES, 0);
  return head;
}
