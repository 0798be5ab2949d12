import { createServer as createTcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeSocketPart, readSocketParts, socketParts } from '@cofferdam/protocol';
import { webSocketTarget } from './web-socket-target.ts';
import { counted, only, target, world } from './world.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const THERE = '127.0.0.1';
/** Its burst is a second of it. */
const RATE = 128 * KiB;

/** How many milliseconds something took: never less than its bytes need beyond the burst. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** The least that so many bytes may take, with a little for what the clock rounds. */
const least = (bytes: number) => ((bytes - RATE) / RATE) * 1_000 - 20;

describe('a bandwidth', () => {
  it('slows answers down, by what they unpack to', async () => {
    const bytes = RATE + 32 * KiB;
    const seen = await target((request, response) => {
      const body = Buffer.alloc(bytes, 1);
      if (request.url === '/plain') return void response.end(body);
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body));
    });
    const out = await world();
    for (const path of ['/plain', '/packed']) {
      const ticket = await out.open({ ...only(THERE, seen.port), bandwidth: RATE });
      const ms = await timed(async () => {
        const fetched = out.fetch(ticket, { url: seen.url + path });
        expect((await fetched.bytes()).length).toBe(bytes);
      });
      expect(ms).toBeGreaterThan(least(bytes));
    }
  });

  it('slows bodies that are sent down, of all requests of a ticket together', async () => {
    let received = 0;
    const seen = await target(async (request, response) => {
      for await (const piece of request) received += (piece as Buffer).byteLength;
      response.end();
    });
    const out = await world();
    const ticket = await out.open({ ...only(THERE, seen.port), bandwidth: RATE });
    const other = await out.open({ ...only(THERE, seen.port), bandwidth: RATE });
    const put = (by: string, size: number) =>
      out.fetch(by, { url: seen.url, method: 'PUT', hasBody: true }, { body: [Buffer.alloc(size)] })
        .use;
    const size = RATE / 2 + 8 * KiB;
    const ms = await timed(() => Promise.all([put(ticket, size), put(ticket, size)]));
    expect(ms).toBeGreaterThan(least(2 * size));
    expect(received).toBe(2 * size);
    // What another ticket has is its own.
    await put(other, RATE / 2);
  });

  it('holds for WebSockets and tunnels, both ways', async () => {
    const bytes = RATE + 32 * KiB;
    const message = Buffer.alloc(bytes, 1);
    const sockets = await webSocketTarget((socket) =>
      socket.on('message', (data: Buffer) => socket.send(data.byteLength > 1 ? 'all' : message)),
    );
    const raw = await counted(
      createTcpServer({ allowHalfOpen: true }, (socket) => {
        socket.on('error', () => {});
        socket.once('data', (first: Buffer) => {
          if (first.byteLength === 1) socket.end(message);
          else socket.resume().once('end', () => socket.end('all'));
        });
      }),
    );
    const out = await world();
    const open = (port: number) => out.open({ ...only(THERE, port), bandwidth: RATE });
    const overSocket = async (data: Buffer) => {
      const payload = { ticket: await open(sockets.port), url: sockets.url, protocols: [] };
      const call = out.runner.call('websocket', payload, { deadlineMs: 15_000 });
      for (const part of socketParts('binary', data)) await call.write(encodeSocketPart(part));
      for await (const part of readSocketParts(call.data)) if (part.isLast) break;
      call.end();
    };
    const overTunnel = async (data: Buffer) => {
      const payload = { ticket: await open(raw.port), host: THERE, port: raw.port };
      const call = out.runner.call('tunnel', payload, { deadlineMs: 15_000 });
      await call.write(data);
      call.end();
      for await (const _ of call.data);
      await call.reply;
    };
    for (const way of [overSocket, overTunnel]) {
      for (const data of [message, Buffer.alloc(1)]) {
        expect(await timed(() => way(data))).toBeGreaterThan(least(bytes));
      }
    }
  });

  it('counts heads, so that many small requests are slowed down too', async () => {
    const seen = await target((_request, response) => response.end());
    const out = await world();
    const ticket = await out.open({ ...only(THERE, seen.port), bandwidth: RATE });
    const headers: [string, string][] = [['x-long', 'x'.repeat(15 * KiB)]];
    const count = 10;
    const ms = await timed(async () => {
      for (let i = 0; i < count; i++) await out.fetch(ticket, { url: seen.url, headers }).use;
    });
    expect(ms).toBeGreaterThan(least(count * 15 * KiB));
  });

  it('reads no further ahead than it lets go, and ends with its caller', async () => {
    const total = 64 * MiB;
    let sent = 0;
    const broken = Promise.withResolvers<void>();
    const seen = await target((_request, response) => {
      response.on('close', broken.resolve);
      const pour = () => {
        while (sent < total) {
          sent += 64 * KiB;
          if (!response.write(Buffer.alloc(64 * KiB))) return void response.once('drain', pour);
        }
      };
      pour();
    });
    const out = await world();
    const policy = { maxBytesDown: 2 * total, bandwidth: RATE };
    const ticket = await out.open({ ...only(THERE, seen.port), ...policy });
    const over = new AbortController();
    const fetched = out.fetch(ticket, { url: seen.url }, { signal: over.signal });
    let bytes = 0;
    for await (const piece of fetched.call.data) {
      bytes += piece.byteLength;
      if (bytes > RATE + 32 * KiB) break;
    }
    // The kernel's socket buffers hold some megabytes of loopback traffic.
    expect(sent).toBeLessThan(total / 2);
    const ended = Promise.allSettled([fetched.use]);
    over.abort();
    await broken.promise;
    expect(await ended).toMatchObject([{ reason: { code: 'CANCELLED' } }]);
  });

  it('is not waited for by a ticket that is closed', async () => {
    const [begun, broken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const seen = await target((request) => {
      request.once('data', () => begun.resolve());
      request.once('close', () => broken.resolve());
      request.on('error', () => {});
    });
    const out = await world();
    const ticket = await out.open({ ...only(THERE, seen.port), bandwidth: KiB });
    const body = [Buffer.alloc(4 * MiB)];
    const start = { url: seen.url, method: 'PUT', hasBody: true };
    const over = Promise.allSettled([out.fetch(ticket, start, { body }).use]);
    await begun.promise;
    await out.close(ticket);
    expect(await over).toMatchObject([{ reason: { code: 'EGRESS_TICKET' } }]);
    await broken.promise;
  });
});
