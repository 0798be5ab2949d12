import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { TicketUse } from '@cofferdam/protocol';
import { only, target, world } from './world.ts';

const VALUE = 'A'.repeat(55);
const OURS = `cofferdam; v=${VALUE}`;

describe('what says whose a request is', () => {
  it('is on every request and hop, and nothing of the guest’s takes it away', async () => {
    const seen = await target((request, response) => {
      if (request.url === '/first') return response.writeHead(302, { location: '/second' }).end();
      response.end(String(request.headers['cdn-loop']));
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port), { loop: VALUE });
    const ask = (headers: [string, string][], path = '/') =>
      out.fetch(ticket, { url: seen.url + path, headers }).text();
    expect(await ask([])).toBe(OURS);
    expect(await ask([['cdn-loop', '']])).toBe(OURS);
    expect(await ask([['CDN-Loop', 'Cofferdam ; v=forged, cofferdam']])).toBe(OURS);
    const others = 'a.example; x="1, 2", B; y=3';
    expect(await ask([['cdn-loop', `cofferdam; v=forged, ${others}`]])).toBe(`${OURS}, ${others}`);
    expect(
      await ask(
        [
          ['cdn-loop', 'a'],
          ['CDN-LOOP', 'b; x="'],
        ],
        '/first',
      ),
    ).toBe(`${OURS}, a, b; x="`);
    await out.close(ticket);
  });

  it('is nobody’s word where the gateway gave none', async () => {
    const seen = await target((request, response) => {
      response.end(String(request.headers['cdn-loop']));
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const ask = (said: string) =>
      out.fetch(ticket, { url: seen.url, headers: [['cdn-loop', said]] }).text();
    expect(await ask(OURS)).toBe('undefined');
    expect(await ask(`other, ${OURS}`)).toBe('other');
  });

  it('is on the handshake of a WebSocket', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', port), { loop: VALUE });
    const asked = once(server, 'connection');
    const start = { ticket, url: `ws://127.0.0.1:${port}/`, protocols: [] };
    const call = out.runner.call('websocket', start, { deadlineMs: 5_000 });
    call.reply.catch(() => {});
    const [, request] = (await asked) as [unknown, { headers: Record<string, string> }];
    expect(request.headers['cdn-loop']).toBe(OURS);
    await out.close(ticket);
    server.close();
  });
});

describe('the log of a ticket', () => {
  it('has what was refused before it led anywhere, and nothing of paths, queries or credentials', async () => {
    const seen = await target((_request, response) => response.end('ok'));
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const secret = 'swordfish';
    const ask = (url: string, method = 'GET') =>
      out.fetch(ticket, { url, method, headers: [['authorization', secret]] }).use.catch(() => {});
    await ask(`${seen.url}/${secret}?q=${secret}#${secret}`);
    await ask(`http://user:${secret}@127.0.0.1:${seen.port}/`);
    await ask(`ftp://files.example/${secret}`);
    await ask(`https://other.example/${secret}`);
    await ask(seen.url, 'TRACE');
    await ask(secret);
    const socket = { ticket, url: `https://socket.example/${secret}`, protocols: [] };
    await out.runner.call('websocket', socket, { deadlineMs: 5_000 }).reply.catch(() => {});
    const { log } = await out.close(ticket);
    expect(
      log.map(({ host, method, status, decision }) => [host, method, status, decision]),
    ).toEqual([
      ['127.0.0.1', 'GET', 200, 'allowed'],
      ['127.0.0.1', 'GET', undefined, expect.stringMatching(/^(EGRESS_DENIED|INVALID_INPUT)$/)],
      ['files.example', 'GET', undefined, 'EGRESS_DENIED'],
      ['other.example', 'GET', undefined, 'EGRESS_DENIED'],
      ['127.0.0.1', 'TRACE', undefined, 'EGRESS_DENIED'],
      ['invalid', 'GET', undefined, expect.any(String)],
      ['socket.example', 'GET', undefined, 'EGRESS_DENIED'],
    ]);
    expect(JSON.stringify(log)).not.toContain(secret);
  });

  it('is told when a ticket is renewed, and begins anew; what is under way is in the next', async () => {
    const held: (() => void)[] = [];
    const seen = await target((request, response) => {
      if (request.url === '/') return response.end('ok');
      response.flushHeaders();
      held.push(() => response.end());
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    await out.fetch(ticket, { url: seen.url }).text();
    const under = out.fetch(ticket, { url: `${seen.url}/held` });
    await under.head;
    const renewal = { ticket, expiresAt: Date.now() + 60_000 };
    const { reply } = out.control.call('ticket.renew', renewal, { deadlineMs: 5_000 });
    const { requests, log } = (await reply) as TicketUse;
    expect([requests, log.length]).toEqual([2, 1]);
    for (const release of held) release();
    await under.text();
    expect(await out.close(ticket)).toMatchObject({ requests: 0, log: [{ decision: 'allowed' }] });
  });
});
