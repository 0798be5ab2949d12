import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { encodeFrame } from '@cofferdam/protocol';
import { dial, Fetched, only, startOf, target, world } from './world.ts';

describe('a runner without a right to a ticket', () => {
  it('is told the same whether the ticket is wrong or somebody else has it', async () => {
    const seen = await target((_request, response) => response.end('ok'));
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    expect(await out.fetch(ticket, { url: seen.url }).text()).toBe('ok');
    const thief = await dial(out.socket);
    const wrong = randomBytes(16).toString('base64url');
    const errors = await Promise.all(
      [ticket, wrong].map((each) =>
        out.fetch(each, { url: seen.url }, { from: thief }).use.catch((error: unknown) => error),
      ),
    );
    expect(errors[0]).toMatchObject({ code: 'EGRESS_TICKET' });
    expect(String(errors[0])).toBe(String(errors[1]));
    expect(String(errors[0])).not.toContain(ticket);
    expect(await out.fetch(ticket, { url: seen.url }).text()).toBe('ok');
    expect((await out.close(ticket)).requests).toBe(2);
  });

  it('cannot open or close tickets', async () => {
    const out = await world();
    const ticket = await out.open();
    for (const method of ['ticket.open', 'ticket.close', '__proto__', 'constructor']) {
      const call = out.runner.call(method, { ticket }, { deadlineMs: 1_000 });
      await expect(call.reply).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    }
    await out.close(ticket);
  });

  it('cannot fetch on the gateway’s socket', async () => {
    const out = await world();
    const call = out.control.call('fetch', startOf({}), { deadlineMs: 1_000 });
    await expect(call.reply).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });
});

describe('a request that fetch would never make', () => {
  const many = Array.from({ length: 129 }, (_, i): [string, string] => [`x-${i}`, 'v']);
  const large = Array.from({ length: 5 }, (_, i): [string, string] => [
    `x-${i}`,
    'v'.repeat(16_000),
  ]);
  it.each([
    ['an address with a line break', { url: 'http://127.0.0.1/\r\nx: y', method: 'G\r\nT' }],
    ['a method that is no token', { method: 'GET / HTTP/1.1\r\nx: y' }],
    ['a method about the way', { method: 'CONNECT' }],
    ['a method that echoes credentials', { method: 'trace' }],
    ['a body with GET', { hasBody: true }],
    ['a header value with a line break', { headers: [['x', 'a\r\nhost: evil']] }],
    ['a header value with a bare line feed', { headers: [['x', 'a\nb']] }],
    ['a header value with a NUL', { headers: [['x', 'a\0b']] }],
    ['a header value beyond bytes', { headers: [['x', '\u010d\u010ahost: evil']] }],
    ['a header name with a colon', { headers: [['x: y\r\nhost', 'evil']] }],
    ['an empty header name', { headers: [['', 'v']] }],
    ['too many headers', { headers: many }],
    ['too large a header', { headers: [['x', 'v'.repeat(20_000)]] }],
    ['too large headers', { headers: large }],
    ['too long an address', { url: `http://127.0.0.1/${'a'.repeat(9_000)}` }],
    ['a redirect mode of its own', { redirect: 'sometimes' }],
    ['an unknown field', { dispatcher: 'mine' }],
    ['headers that are no pairs', { headers: [['x']] }],
    ['no address', { url: 7 }],
  ])('with %s is refused', async (_what, start) => {
    const seen = await target((_request, response) => response.end());
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const payload = { ticket, ...startOf({ url: seen.url }), ...(start as object) };
    const fetched = new Fetched(out.runner, payload, {});
    const { code } = (await fetched.use.catch((error: unknown) => error)) as { code: string };
    expect(['INVALID_INPUT', 'EGRESS_DENIED']).toContain(code);
    expect(seen.connections).toBe(0);
    await out.close(ticket);
  });
});

describe('a runner that floods', () => {
  it('is thrown out alone when it sends data beyond its credit', async () => {
    const seen = await target((request, response) =>
      request.once('end', () => response.end('ok')).resume(),
    );
    const out = await world();
    const mine = await out.open(only('127.0.0.1', seen.port));
    const raw = connect(out.socket);
    raw.on('error', () => {});
    raw.write(encodeFrame('hello', false, 0, JSON.stringify({ version: 1, oldest: 1, about: {} })));
    const theirs = await out.open({ net: [] });
    const call = Buffer.from(
      JSON.stringify({ ticket: theirs, ...startOf({ method: 'PUT', hasBody: true }) }),
    );
    const head = Buffer.from([0, 0, 0x3a, 0x98, 5, ...Buffer.from('fetch')]);
    raw.write(encodeFrame('call', false, 1, Buffer.concat([head, call])));
    const held = await target(() => {});
    const slow = await out.open(only('127.0.0.1', held.port));
    const start = { ticket: slow, ...startOf({ url: held.url, method: 'PUT', hasBody: true }) };
    raw.write(
      encodeFrame('call', false, 2, Buffer.concat([head, Buffer.from(JSON.stringify(start))])),
    );
    for (let i = 0; i < 128; i++) raw.write(encodeFrame('data', false, 2, Buffer.alloc(64 * 1024)));
    raw.resume();
    await new Promise((resolve) => raw.once('close', resolve));
    expect(await out.fetch(mine, { url: seen.url }).text()).toBe('ok');
  });

  it('has at most 512 requests under way', async () => {
    const held = await target(() => {});
    const out = await world();
    const tickets = await Promise.all(
      Array.from({ length: 4 }, () =>
        out.open({ ...only('127.0.0.1', held.port), maxConcurrent: 1 }),
      ),
    );
    const all = tickets.flatMap((ticket) =>
      Array.from({ length: 200 }, () => out.fetch(ticket, { url: held.url }).use),
    );
    const codes = all.map((use) => use.catch((error: { code: string }) => error.code));
    await Promise.any(
      all.map((use) =>
        use.then(
          () => Promise.reject(new Error()),
          () => undefined,
        ),
      ),
    );
    await Promise.all(tickets.map((ticket) => out.close(ticket)));
    const settled = await Promise.all(codes);
    expect(settled.filter((code) => code === 'QUEUE_FULL')).toHaveLength(800 - 512);
    expect(held.connections).toBeLessThanOrEqual(4);
  });
});
