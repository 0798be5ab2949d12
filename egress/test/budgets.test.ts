import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MAX_EGRESS_LOG } from '@cofferdam/protocol';
import { only, target, world } from './world.ts';

const MiB = 1024 * 1024;

describe('a budget', () => {
  it('of requests counts each redirect', async () => {
    const seen = await target((request, response) => {
      if (request.url === '/end') response.end('end');
      else response.writeHead(302, { location: '/end' }).end();
    });
    const out = await world();
    const ticket = await out.open({ ...only('127.0.0.1', seen.port), maxRequests: 3 });
    const get = () => out.fetch(ticket, { url: seen.url }).text();
    expect(await get()).toBe('end');
    await expect(get()).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    await expect(get()).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    const { requests, log } = await out.close(ticket);
    expect(requests).toBe(5);
    expect(log.filter(({ decision }) => decision === 'EGRESS_BUDGET')).toHaveLength(2);
  });

  it('is whole again when its ticket is renewed, and what is under way goes on', async () => {
    const held: ServerResponse[] = [];
    const seen = await target((request, response) => {
      if (request.url === '/held') held.push(response.writeHead(200));
      else response.end('end');
      held.at(-1)?.flushHeaders();
    });
    const out = await world();
    const ticket = await out.open({ ...only('127.0.0.1', seen.port), maxRequests: 1 });
    const under = out.fetch(ticket, { url: `${seen.url}/held` });
    await under.head;
    const get = () => out.fetch(ticket, { url: seen.url }).text();
    await expect(get()).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    const renew = (of: string) =>
      out.control.call(
        'ticket.renew',
        { ticket: of, expiresAt: Date.now() + 60_000 },
        { deadlineMs: 5_000 },
      ).reply;
    await renew(ticket);
    expect(await get()).toBe('end');
    await expect(get()).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    held[0]!.end('at last');
    expect(await under.text()).toBe('at last');
    await out.close(ticket);
    await expect(renew(ticket)).rejects.toMatchObject({ code: 'EGRESS_TICKET' });
  });

  it('of no requests allows none', async () => {
    const seen = await target((_request, response) => response.end());
    const out = await world();
    const ticket = await out.open({ ...only('127.0.0.1', seen.port), maxRequests: 0 });
    const fetched = out.fetch(ticket, { url: seen.url });
    await expect(fetched.use).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    expect(seen.connections).toBe(0);
  });

  it('of bytes up ends a body, and counts addresses and headers', async () => {
    let received = 0;
    const broken = Promise.withResolvers<void>();
    const seen = await target((request) => {
      request.on('data', (piece: Buffer) => (received += piece.length));
      request.on('error', () => broken.resolve());
    });
    const out = await world();
    const ticket = await out.open({ ...only('127.0.0.1', seen.port), maxBytesUp: 200_000 });
    const body = Array.from({ length: 10 }, () => Buffer.alloc(50_000));
    const fetched = out.fetch(ticket, { url: seen.url, method: 'PUT', hasBody: true }, { body });
    await expect(fetched.use).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    await broken.promise;
    expect(received).toBeLessThanOrEqual(200_000);
    const headers: [string, string][] = [['x-long', 'x'.repeat(16_000)]];
    const rest = await Promise.allSettled(
      Array.from({ length: 10 }, () => {
        const signal = AbortSignal.timeout(200);
        return out.fetch(ticket, { url: seen.url, headers }, { signal }).use;
      }),
    );
    expect(rest).toContainEqual(
      expect.objectContaining({
        reason: expect.objectContaining({ code: 'EGRESS_BUDGET' }) as Error,
      }),
    );
    expect((await out.close(ticket)).bytesUp).toBeLessThanOrEqual(200_000);
  });

  it('of bytes down ends a body', async () => {
    const seen = await target((_request, response) => response.end(Buffer.alloc(MiB)));
    const out = await world();
    const ticket = await out.open({ ...only('127.0.0.1', seen.port), maxBytesDown: 200_000 });
    const fetched = out.fetch(ticket, { url: seen.url });
    let got = 0;
    const read = async () => {
      for await (const piece of fetched.call.data) got += piece.length;
    };
    await expect(read()).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    expect(got).toBeLessThanOrEqual(200_000);
    expect((await out.close(ticket)).bytesDown).toBeLessThanOrEqual(200_000);
  });

  it('of bytes down counts what a small body unpacks to', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MiB), { level: 9 });
    expect(bomb.length).toBeLessThan(100_000);
    const seen = await target((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    const out = await world();
    const ticket = await out.open({ ...only('127.0.0.1', seen.port), maxBytesDown: MiB });
    const before = process.memoryUsage().rss;
    const fetched = out.fetch(ticket, { url: seen.url });
    await expect(fetched.bytes()).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * MiB);
    expect((await out.close(ticket)).bytesDown).toBeLessThanOrEqual(MiB);
  });

  it('of bytes down counts what unpacks to nothing, for ever', async () => {
    const closed = Promise.withResolvers<void>();
    const seen = await target((request, response) => {
      request.socket.once('close', () => closed.resolve());
      pourNothing(response);
    });
    const out = await world();
    const ticket = await out.open({ ...only('127.0.0.1', seen.port), maxBytesDown: 100_000 });
    const fetched = out.fetch(ticket, { url: seen.url });
    await expect(fetched.bytes()).rejects.toMatchObject({ code: 'EGRESS_BUDGET' });
    await closed.promise;
  });

  it('of requests at once lets the others wait', async () => {
    let now = 0;
    let most = 0;
    const seen = await target((_request, response) => {
      most = Math.max(most, ++now);
      setImmediate(() => {
        now--;
        response.end('ok');
      });
    });
    const out = await world();
    const ticket = await out.open({ ...only('127.0.0.1', seen.port), maxConcurrent: 2 });
    const all = Array.from({ length: 12 }, () => out.fetch(ticket, { url: seen.url }).text());
    expect(await Promise.all(all)).toEqual(Array.from({ length: 12 }, () => 'ok'));
    expect(most).toBeLessThanOrEqual(2);
    expect(seen.connections).toBeLessThanOrEqual(2);
  });

  it('of requests at once gives the place of a cancelled one to the next', async () => {
    const held: ServerResponse[] = [];
    const seen = await target((request, response) => {
      if (request.url === '/hold') held.push(response);
      else response.end('ok');
    });
    const out = await world();
    const ticket = await out.open({ ...only('127.0.0.1', seen.port), maxConcurrent: 1 });
    const cancel = new AbortController();
    const holding = out.fetch(ticket, { url: `${seen.url}/hold` }, { signal: cancel.signal });
    const waiting = out.fetch(ticket, { url: seen.url }, { signal: cancel.signal });
    const next = out.fetch(ticket, { url: seen.url });
    await once(seen.server, 'request');
    cancel.abort();
    expect(await next.text()).toBe('ok');
    for (const each of [holding, waiting]) {
      await expect(each.use).rejects.toMatchObject({ code: 'CANCELLED' });
    }
  });

  it('of requests at once has an end of its queue', async () => {
    const seen = await target(() => {});
    const out = await world();
    const ticket = await out.open({ ...only('127.0.0.1', seen.port), maxConcurrent: 1 });
    const all = Array.from({ length: 300 }, () => out.fetch(ticket, { url: seen.url }).use);
    const error = await Promise.any(
      all.map((use) =>
        use.then(
          () => new Error(),
          (e: unknown) => e,
        ),
      ),
    );
    expect(error).toMatchObject({ code: 'EGRESS_BUDGET' });
    await out.close(ticket);
    const codes = await Promise.all(all.map((use) => use.catch((e: { code: string }) => e.code)));
    expect(codes.filter((code) => code === 'EGRESS_TICKET')).toHaveLength(257);
  });

  it('of time ends the requests under way', async () => {
    const closed = Promise.withResolvers<void>();
    const seen = await target((request) => request.socket.once('close', () => closed.resolve()));
    const out = await world();
    const ticket = await out.open({
      ...only('127.0.0.1', seen.port),
      expiresAt: Date.now() + 150,
    });
    await expect(out.fetch(ticket, { url: seen.url }).use).rejects.toMatchObject({
      code: 'EGRESS_TICKET',
    });
    await closed.promise;
    await expect(out.fetch(ticket, { url: seen.url }).use).rejects.toMatchObject({
      code: 'EGRESS_TICKET',
    });
    expect((await out.close(ticket)).requests).toBe(1); // it still says what it was used for
  });
});

describe('a ticket', () => {
  it('ends its requests when it is closed, whether they read or not', async () => {
    const closed = Promise.withResolvers<void>();
    const seen = await target((request, response) => {
      request.socket.once('close', () => closed.resolve());
      response.write(Buffer.alloc(8 * MiB)); // far more than the runner's window
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const unread = out.fetch(ticket, { url: seen.url });
    await unread.head;
    const report = await out.close(ticket);
    expect(report.log).toMatchObject([{ decision: 'EGRESS_TICKET', status: 200 }]);
    await closed.promise;
    await expect(unread.use).rejects.toMatchObject({ code: 'EGRESS_TICKET' });
    await expect(out.close(ticket)).rejects.toMatchObject({ code: 'EGRESS_TICKET' });
  });

  it('keeps a bounded log and counts the rest', async () => {
    const out = await world();
    const ticket = await out.open();
    const count = MAX_EGRESS_LOG + 44;
    const all = Array.from({ length: count }, () =>
      out.fetch(ticket, { url: 'http://nowhere.test/' }).use.catch(() => {}),
    );
    await Promise.all(all);
    const { requests, log, unlogged } = await out.close(ticket);
    // Those beyond the queue's end were refused before they were requests.
    expect(log).toHaveLength(MAX_EGRESS_LOG);
    expect(unlogged).toBe(requests - MAX_EGRESS_LOG);
    expect(log[0]).toMatchObject({ host: 'nowhere.test', decision: 'EGRESS_DENIED' });
  });

  it('cannot be opened twice, nor more often than the bound says', async () => {
    const out = await world({ maxTickets: 2 });
    const ticket = await out.open();
    await out.open();
    await expect(out.open()).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    const again = { ticket, policy: { net: [] }, runId: 'r-12345678' };
    const reopened = out.control.call('ticket.open', again, { deadlineMs: 1_000 });
    await expect(reopened.reply).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await out.close(ticket);
    await out.open();
  });

  it.each([
    { allowedCIDRs: ['everything'] },
    { maxConcurrent: 0 },
    { net: [{ host: 'a b' }] },
    { net: [{ host: 'a', ports: [0] }] },
  ])('with the policy %j is refused', async (policy) => {
    const out = await world();
    await expect(out.open(policy)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

/** Endless gzip: flushed again and again, it is empty blocks that unpack to no byte at all. */
function pourNothing(response: ServerResponse): void {
  response.writeHead(200, { 'content-encoding': 'gzip' });
  const packer = createGzip();
  packer.once('data', (head: Buffer) => response.write(head));
  packer.flush(() => {
    const empty = Buffer.alloc(50_000, Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff]));
    const pour = () => {
      while (!response.destroyed)
        if (!response.write(empty)) return void response.once('drain', pour);
    };
    pour();
  });
}
