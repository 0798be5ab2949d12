import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import {
  Channel,
  encodePortFrame,
  RUNTIME_METHODS,
  SERVER_METHODS,
  type IncomingCall,
  type TicketOpen,
} from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rig, tempDir, type Peer, type Rig } from './peer.ts';
import { serverScript } from './server-rig.ts';

const SERVES = encodePortFrame(JSON.stringify([['post', 'server', 1]]));
const USE = { requests: 1, bytesUp: 1, bytesDown: 2, unlogged: 0, log: [] };

let dir: string;
let egress: Server;
let gateway: Rig;
let opened: TicketOpen[];
let closed: string[];
let channels: Channel[];

beforeEach(async () => {
  dir = await tempDir();
  [opened, closed, channels] = [[], [], []];
  const handlers = {
    'ticket.open': (call: IncomingCall) => void opened.push(call.payload as TicketOpen),
    'ticket.close': (call: IncomingCall) => {
      closed.push((call.payload as TicketOpen).ticket);
      return USE;
    },
  };
  egress = createServer((socket) => channels.push(new Channel(socket, { handlers })));
  egress.listen(join(dir, 'control.sock'));
  await once(egress, 'listening');
  gateway = await rig({ dataDir: dir, egress: { control: join(dir, 'control.sock') } });
});
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const channel of channels) channel.close();
  egress.close();
  await rm(dir, { recursive: true });
});

type Answer = (call: IncomingCall, requestId: string) => unknown;

/** A runner whose instances are answered for by `answer`; `runtimeId` of each is told. */
function runner(runtimeId: string, answer: Answer): Promise<Peer> {
  return gateway.join({
    handlers: {
      [RUNTIME_METHODS.open]: async (call) => {
        call.emit({ runtimeId, layers: ['isolate'] });
        await call.write(SERVES);
        return new Promise((resolve) => {
          call.signal.addEventListener('abort', () =>
            resolve({ exitReason: 'Cancelled', message: '' }),
          );
        });
      },
      [RUNTIME_METHODS.eval]: () => ({
        ...{ exitReason: 'Completed', cpuTimeMs: 1, wallTimeMs: 1, ended: false },
        portBytes: SERVES.byteLength,
      }),
      [SERVER_METHODS.request]: (call) =>
        answer(call, (call.payload as { requestId: string }).requestId),
      [SERVER_METHODS.webSocket]: (call) =>
        new Promise((resolve) => call.signal.addEventListener('abort', () => resolve({}))),
    },
  });
}

const ticketOf = async (peer: Peer, runtimeId: string, requestId: unknown) => {
  const asked = { runtimeId, requestId };
  const { reply } = peer.channel.call(SERVER_METHODS.ticket, asked, { deadlineMs: 5_000 });
  return ((await reply) as { ticket?: string }).ticket;
};
const publish = () =>
  gateway.core.catalogue.publish({
    version: 1,
    scripts: [serverScript('ours', { net: [{ host: 'example.com' }], maxRequests: 7 })],
  });
const ask = (name = 'shop', over: object = {}) =>
  gateway.core.servers.handle('default', name, {
    ...{ method: 'GET', url: 'http://a/', headers: [], body: undefined },
    ...{ signal: new AbortController().signal, ...over },
  });
const OK = { status: 204, statusText: '', headers: [] };

describe('a request of a server', () => {
  it('that goes nowhere has no ticket, and one that does has its own until it is over', async () => {
    const asks = { first: false };
    const got: (string | undefined)[] = [];
    let last = '';
    const peer: Peer = await runner('r1', async (call, requestId) => {
      last = requestId;
      if (asks.first)
        got.push(await ticketOf(peer, 'r1', requestId), await ticketOf(peer, 'r1', requestId));
      return { head: OK };
    });
    publish();
    await ask();
    // The instance's own.
    expect(opened.map(({ runId }) => runId)).toEqual([expect.stringMatching(/^s-/)]);
    asks.first = true;
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    await ask('shop', { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    expect(opened).toHaveLength(2);
    const { ticket, runId, traceparent, policy, tenant, loop } = opened[1]!;
    expect(got).toEqual([ticket, ticket]);
    expect([runId, tenant, policy.maxRequests]).toEqual([last, 'default', 7]);
    expect(traceparent).toContain(traceId);
    expect([ticket, loop]).not.toContain(opened[0]!.ticket);
    await vi.waitUntil(() => closed.length === 1);
    expect(closed).toEqual([ticket]);
    expect(await ticketOf(peer, 'r1', last)).toBeUndefined();
    await ask();
    expect(new Set(opened.map((each) => each.ticket)).size).toBe(3);
  });

  it('that is given up ends its ticket', async () => {
    const over = new AbortController();
    const peer: Peer = await runner('r1', async (call, requestId) => {
      await ticketOf(peer, 'r1', requestId);
      setImmediate(() => over.abort());
      return new Promise(() => {});
    });
    publish();
    await expect(ask('shop', { signal: over.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    await vi.waitUntil(() => closed.length === 1);
    expect(closed).toEqual([opened[1]!.ticket]);
  });

  it('that was upgraded keeps its ticket until its connection is closed', async () => {
    let id = '';
    const peer: Peer = await runner('r1', (_call, requestId) => {
      id = requestId;
      return { head: { ...OK, status: 200, connectionId: 'c1' } };
    });
    publish();
    const served = await ask();
    const over = new AbortController();
    const connection = served.connect!(over.signal);
    const ticket = await ticketOf(peer, 'r1', id);
    expect(ticket).toBe(opened[1]!.ticket);
    expect(closed).toEqual([]);
    over.abort();
    await connection.reply.catch(() => {});
    await vi.waitUntil(() => closed.length === 1);
    expect(closed).toEqual([ticket]);
  });

  it('stands one level below the run that asked', async () => {
    const peer: Peer = await runner('r1', async (_call, requestId) => {
      await ticketOf(peer, 'r1', requestId);
      return { head: OK };
    });
    publish();
    await ask('shop', { lineage: { root: 'ab'.repeat(12), depth: 3 } });
    const header = `cofferdam; v=${opened[1]!.loop}`;
    expect(gateway.core.budget.admit(header)).toEqual({ root: 'ab'.repeat(12), depth: 4 });
  });
});

describe('a hostile runner', () => {
  it('has no ticket of a request that is not in it, however often it asks', async () => {
    let live = '';
    const held = Promise.withResolvers<object>();
    const owner = await runner('r1', (_call, requestId) => ((live = requestId), held.promise));
    publish();
    const asked = ask();
    await vi.waitUntil(() => live !== '');
    const thief = await gateway.join();
    // A tenant's runner like the other, but the runtime is not in it.
    await expect(ticketOf(thief, 'r1', live)).rejects.toMatchObject({
      code: expect.any(String) as string,
    });
    for (const id of ['', 'q-none', live.toUpperCase()].filter(Boolean)) {
      expect(await ticketOf(owner, 'r1', id)).toBeUndefined();
    }
    await expect(ticketOf(owner, 'r2', live)).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    const flood = Array.from({ length: 400 }, (_, n) => ticketOf(owner, 'r1', `q-${n}`));
    expect(new Set(await Promise.all(flood))).toEqual(new Set([undefined]));
    expect(opened).toHaveLength(1);
    held.resolve({ head: OK });
    await asked;
  });

  it('has at most 64 tickets of an instance at once: the others share its own', async () => {
    const ids: string[] = [];
    const held = Promise.withResolvers<object>();
    const peer = await runner('r1', (_call, requestId) => (ids.push(requestId), held.promise));
    gateway.core.catalogue.publish({
      version: 1,
      scripts: [
        serverScript('ours', { net: [{ host: 'example.com' }], server: { concurrency: 100 } }),
      ],
    });
    const asked = Array.from({ length: 70 }, () => ask());
    await vi.waitUntil(() => ids.length === 70);
    const tickets = await Promise.all(ids.map((id) => ticketOf(peer, 'r1', id)));
    expect(tickets.filter((ticket) => ticket !== undefined)).toHaveLength(64);
    held.resolve({ head: OK });
    await Promise.all(asked);
    await vi.waitUntil(() => closed.length === 64);
  });

  it('that asks what is no question is ended for it', async () => {
    const peer = await runner('r1', () => ({ head: OK }));
    publish();
    await ask();
    await expect(ticketOf(peer, 'r1', 'x'.repeat(1_000))).rejects.toBeInstanceOf(Error);
    await peer.channel.closed;
  });
});
