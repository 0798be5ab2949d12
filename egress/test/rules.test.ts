import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { NetRule } from '@cofferdam/protocol';
import { startEgress } from '../src/index.ts';
import { webSocketTarget } from './web-socket-target.ts';
import { counted, dial, only, socketPaths, target, World, world } from './world.ts';

const DENIED = { code: 'EGRESS_DENIED' };
const ADDRESS_DENIED = { code: 'EGRESS_ADDRESS_DENIED' };
const THERE = '127.0.0.1';

/** A target that answers its request's path, or redirects to what its `to` says. */
const paths = () =>
  target((request, response) => {
    const to = URL.parse(request.url!, 'http://host')!.searchParams.get('to');
    if (to !== null) response.writeHead(307, { location: to }).end();
    else response.end(request.url);
  });

const rule = (port: number, ...prefixes: string[]): { net: NetRule[] } => ({
  net: [{ host: THERE, ports: [port], paths: prefixes }],
});

describe('a rule’s paths', () => {
  it('are asked for and no others, and the target sees what was judged', async () => {
    const seen = await paths();
    const out = await world();
    const ticket = await out.open(rule(seen.port, '/api'));
    const get = (path: string) => out.fetch(ticket, { url: seen.url + path }).text();
    expect(await get('/api')).toBe('/api');
    expect(await get('/admin/%2e%2E/api/./x?q=/../')).toBe('/api/x?q=/../');
    const before = seen.connections;
    for (const path of ['/', '/apix', '/api/../admin', '/api/..%2fadmin', '/api/..;/admin']) {
      await expect(get(path)).rejects.toMatchObject(DENIED);
    }
    expect(seen.connections).toBe(before);
    const { log } = await out.close(ticket);
    expect(log.map(({ decision }) => decision).slice(-5)).toEqual(Array(5).fill('EGRESS_DENIED'));
    expect(JSON.stringify(log)).not.toContain('/');
  });

  it('are asked again at each redirect', async () => {
    const seen = await paths();
    const out = await world();
    const ticket = await out.open(rule(seen.port, '/api'));
    const get = (to: string) => out.fetch(ticket, { url: `${seen.url}/api?to=${to}` }).text();
    expect(await get('/api/end')).toBe('/api/end');
    for (const to of ['/admin', '../admin', 'x/..%252f..%252fadmin', '//127.0.0.1:1/api']) {
      await expect(get(to)).rejects.toMatchObject(DENIED);
    }
  });

  it('bind a WebSocket, and let nobody open a tunnel', async () => {
    const seen = await webSocketTarget((socket) => socket.close());
    const out = await world();
    const ticket = await out.open(rule(seen.port, '/api'));
    const call = (method: string, payload: object) =>
      out.runner.call(method, { ticket, ...payload }, { deadlineMs: 5_000 });
    const open = (path: string) => call('websocket', { url: seen.url + path, protocols: [] });
    await expect(open('/admin').reply).rejects.toMatchObject(DENIED);
    const tunnel = call('tunnel', { host: THERE, port: seen.port });
    await expect(tunnel.reply).rejects.toMatchObject(DENIED);
    const opened = open('/api/socket');
    for await (const _ of opened.data);
    await opened.reply;
    expect(seen.headers).toHaveLength(1);
  });
});

describe('what is never reached, whatever is allowed', () => {
  /** What a run that may reach everything on this machine gets to hear, three ways. */
  async function refusedBy(out: World, port: number) {
    const net = [
      { host: THERE, ports: [port] },
      { host: 'name.test', ports: [port] },
    ];
    const ticket = await out.open({ net, allowedCIDRs: ['0.0.0.0/0', '::/0'] });
    const call = (method: string, payload: object) =>
      out.runner.call(method, { ticket, ...payload }, { deadlineMs: 5_000 }).reply;
    const asked = [
      out.fetch(ticket, { url: `http://${THERE}:${port}/` }).use,
      out.fetch(ticket, { url: `http://name.test:${port}/` }).use,
      call('websocket', { url: `ws://${THERE}:${port}/`, protocols: [] }),
      call('tunnel', { host: THERE, port }),
    ];
    for (const one of await Promise.allSettled(asked)) {
      expect(one).toMatchObject({ reason: ADDRESS_DENIED });
    }
  }

  const resolver = async () => [THERE];

  it('is a DNS server, a range and a port of the cluster', async () => {
    const seen = await target((_request, response) => response.end('reached'));
    for (const options of [
      { dnsServers: () => [`${THERE}:${seen.port}`] },
      { refusedCIDRs: ['127.0.0.0/30'] },
      { refusedPorts: [`${seen.port}-${seen.port}`] },
    ]) {
      await refusedBy(await world({ resolver, ...options }), seen.port);
    }
    expect(seen.connections).toBe(0);
  });

  it('is where egress listens itself', async () => {
    const free = createServer();
    const { port } = await counted(free);
    free.close();
    await once(free, 'close');
    const { controlSocket } = await socketPaths();
    const socket = `${THERE}:${port}`;
    const egress = await startEgress({ socket, controlSocket, aliases: {}, resolver });
    onTestFinished(() => egress.close());
    const out = new World(socket, await dial(controlSocket), await dial(socket));
    await refusedBy(out, port);
    const ticket = await out.open({ net: [{ host: THERE, ports: [port] }] });
    await expect(out.fetch(ticket, { url: `http://localhost:${port}/` }).use).rejects.toMatchObject(
      DENIED,
    );
  });

  it('is not reached by a redirect or an alias either', async () => {
    const hidden = await target((_request, response) => response.end('reached'));
    const seen = await target((_request, response) =>
      response.writeHead(302, { location: hidden.url }).end(),
    );
    const out = await world({
      dnsServers: () => [`${THERE}:${hidden.port}`],
      aliases: { demo: `${THERE}:${hidden.port}` },
    });
    const net = [...only(THERE, seen.port).net, ...only(THERE, hidden.port).net];
    const ticket = await out.open({ net: [...net, ...only('demo', 80).net] });
    for (const url of [seen.url, 'http://demo/']) {
      await expect(out.fetch(ticket, { url }).use).rejects.toMatchObject(ADDRESS_DENIED);
    }
    expect(hidden.connections).toBe(0);
  });
});

describe('a slow name', () => {
  it('of one tenant is nobody else’s wait, and is given up', async () => {
    const seen = await target((_request, response) => response.end('reached'));
    const slow = new Set<string>();
    const out = await world({
      resolver: (name) =>
        name.endsWith('.slow.test') ? new Promise(() => slow.add(name)) : resolver(name),
      timeouts: { lookupMs: 300 },
    });
    const net = [
      { host: '*.slow.test', ports: [seen.port] },
      { host: 'quick.test', ports: [seen.port] },
    ];
    const ticket = await out.open({ net, maxConcurrent: 64 }, { tenant: 'hers' });
    const stuck = Array.from({ length: 20 }, (_, i) =>
      out.fetch(ticket, { url: `http://${i}.slow.test:${seen.port}/` }),
    );
    const over = Promise.allSettled(stuck.map(({ use }) => use));
    const other = await out.open({ net }, { tenant: 'his' });
    const quick = out.fetch(other, { url: `http://quick.test:${seen.port}/` });
    expect(await quick.text()).toBe('reached');
    for (const one of await over) {
      expect(one).toMatchObject({
        reason: { code: 'EGRESS_FAILED', message: expect.stringMatching(/not looked up in time/) },
      });
    }
    expect(slow.size).toBe(16);
  });

  const resolver = async (_name: string) => [THERE];
});
