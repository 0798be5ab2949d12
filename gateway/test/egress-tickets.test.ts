import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import {
  Channel,
  CofferdamError,
  RUN_BROWSER_METHOD,
  type CallHandler,
  type EgressPolicy,
  type IncomingCall,
  type RuleCredentials,
} from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { intent, ok, requestOf, rig, tempDir, testPool, type Peer, type Rig } from './peer.ts';

const request = {
  host: 'example.com',
  port: 443,
  method: 'GET',
  bytesUp: 0,
  bytesDown: 0,
  start: 1,
  end: 2,
};
const LOG = ['allowed', 'EGRESS_DENIED', 'EGRESS_FAILED'].map((decision) => ({
  ...request,
  decision,
}));

interface Opened {
  ticket: string;
  policy: EgressPolicy;
  runId: string;
  traceparent: string;
  credentials?: RuleCredentials[];
}

let dir: string;
let server: Server;
let gateway: Rig;
let opened: Opened[];
let closed: string[];
let channels: Channel[];
let refusal: CofferdamError | undefined;
let requests: number;

beforeEach(async () => {
  dir = await tempDir();
  [opened, closed, channels, refusal, requests] = [[], [], [], undefined, 3];
  const handlers = {
    'ticket.open': (call: IncomingCall) => {
      if (refusal) throw refusal;
      opened.push(call.payload as Opened);
    },
    'ticket.close': (call: IncomingCall) => {
      closed.push((call.payload as Opened).ticket);
      return { requests, bytesUp: 1, bytesDown: 2, unlogged: 0, log: LOG };
    },
  };
  server = createServer((socket) => channels.push(new Channel(socket, { handlers })));
  server.listen(join(dir, 'control.sock'));
  await once(server, 'listening');
  gateway = await rig({
    dataDir: dir,
    egress: {
      control: join(dir, 'control.sock'),
      allowPrivate: ['10.0.0.0/8'],
      allowedCIDRs: (tenant) => (tenant === 'home' ? ['192.168.0.0/16'] : []),
    },
  });
});
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  for (const channel of channels) channel.close();
  server.close();
  await rm(dir, { recursive: true });
});

const net = [{ host: 'example.com' }];

describe('a ticket', () => {
  it.each([
    [3, 'Unavailable'],
    [0, 'Completed'],
  ])('with %i requests says whether a lost run may be run again', async (used, exitReason) => {
    requests = used;
    const first = await gateway.join({
      run: () => (first.socket.destroy(), new Promise<never>(() => {})),
    });
    await gateway.join();
    const { result } = await gateway.core.runs.execute(intent({ preset: 'agent', net }));
    expect(result.exitReason).toBe(exitReason);
    expect(opened.length).toBe(exitReason === 'Completed' ? 2 : 1);
  });

  it('is opened before the run with its policy, and closed after it', async () => {
    const peer = await gateway.join();
    const asked = intent({ preset: 'agent', net, maxRequests: 7 });
    const outcome = await gateway.core.runs.execute(asked);
    const run = requestOf(peer.calls.at(-1)!.payload);
    expect(opened).toHaveLength(1);
    const { ticket, policy, runId, traceparent } = opened[0]!;
    expect(run.ticket).toBe(ticket);
    expect(Buffer.from(ticket, 'base64url')).toHaveLength(16);
    expect(runId).toBe(outcome.runId);
    expect(traceparent).toContain(outcome.traceId);
    expect(policy).toMatchObject({
      net,
      allowedCIDRs: ['10.0.0.0/8', '192.168.0.0/16'],
      maxRequests: 7,
      maxConcurrent: 8,
    });
    expect(policy.expiresAt).toBeGreaterThan(Date.now());
    await expect.poll(() => closed).toEqual([ticket]);
    const text = () => gateway.telemetry.metrics.text();
    await expect.poll(text).toContain('egress_requests_total{decision="failed"} 1\n');
    for (const decision of ['allowed', 'denied', 'failed']) {
      expect(await text()).toContain(`cofferdam_egress_requests_total{decision="${decision}"} 1\n`);
    }
  });

  it('carries the bytes, connections and bandwidth that were asked for', async () => {
    await gateway.join();
    const traffic = { bytesUp: 1_000, bytesDown: 2_000, connections: 3, bandwidth: 4_096 };
    const asked = intent({ preset: 'agent', net, traffic });
    await gateway.core.runs.execute(asked);
    expect(opened[0]!.policy).toMatchObject({
      maxBytesUp: 1_000,
      maxBytesDown: 2_000,
      maxConcurrent: 3,
      bandwidth: 4_096,
    });
  });

  it('has the credentials of its script, of which the runner, its trace and its record know nothing', async () => {
    const headers: [string, string][] = [['X-Key', 'canary']];
    const credentials = [{ rule: 0, headers, ca: 'canary' }];
    const peer = await gateway.join();
    const asked = intent({ preset: 'agent', net, credentials });
    const outcome = await gateway.core.runs.execute(asked);
    expect(opened).toMatchObject([{ credentials }]);
    const record = gateway.core.records.get(outcome.runId);
    expect(record).toBeDefined();
    const text = await gateway.telemetry.metrics.text();
    expect(JSON.stringify([peer.calls, outcome, record, text])).not.toContain('canary');
  });

  it('for the pages of its browser has none of the credentials', async () => {
    gateway.core.pools.set([testPool(), testPool({ name: 'pods', browserSessions: 4 })]);
    const lasting = Promise.withResolvers<never>();
    const pod: Record<string, CallHandler> = {
      'browser.open': (call) => {
        call.emit({ opened: true });
        call.signal.addEventListener('abort', () => lasting.reject(call.signal.reason as Error));
        return lasting.promise;
      },
      'browser.call': () => ({ value: '{"$h":"context:1","c":"Context"}' }),
      'browser.artifacts': () => ({ lines: [], dropped: 0, screenshots: [] }),
    };
    await gateway.join({ about: { role: 'browser' }, handlers: pod }, { pool: 'pods' });
    const newContext = { object: 'browser', method: 'newContext', args: '[]' };
    const peer: Peer = await gateway.join({
      run: async ({ payload }) => {
        const call = { runId: requestOf(payload).runId, ...newContext };
        await peer.channel.call(RUN_BROWSER_METHOD, call, { deadlineMs: 10_000 }).reply;
        return ok();
      },
    });
    const credentials = [{ rule: 0, headers: [['X-Key', 'canary']] as [string, string][] }];
    const asked = intent({ preset: 'agent', net, credentials, browser: true });
    expect((await gateway.core.runs.execute(asked)).result.exitReason).toBe('Completed');
    expect(opened.map(({ credentials: given }) => given)).toEqual([credentials, undefined]);
  });

  it('is another one for every run', async () => {
    await gateway.join();
    const asked = intent({ engine: 'deno', net });
    await Promise.all([gateway.core.runs.execute(asked), gateway.core.runs.execute(asked)]);
    expect(new Set(opened.map(({ ticket }) => ticket)).size).toBe(2);
  });

  const WITHOUT = {
    'names no host': intent({ preset: 'agent' }),
    'has no fetch': intent({ preset: 'compute', net }),
  };
  for (const [why, asked] of Object.entries(WITHOUT)) {
    it(`is not made for a run that ${why}`, async () => {
      const peer = await gateway.join();
      await gateway.core.runs.execute(asked);
      expect(opened).toEqual([]);
      expect(requestOf(peer.calls.at(-1)!.payload).ticket).toBeUndefined();
    });
  }

  it('is had again after the way out was started anew', async () => {
    await gateway.join();
    const asked = intent({ preset: 'agent', net });
    await gateway.core.runs.execute(asked);
    channels[0]!.close();
    await channels[0]!.closed;
    await expect
      .poll(async () => (await gateway.core.runs.execute(asked)).result.exitReason)
      .toBe('Completed');
    expect(channels).toHaveLength(2);
  });

  it('that is refused makes the run Unavailable, and the runner is not blamed', async () => {
    refusal = new CofferdamError('PROTOCOL_VIOLATION');
    await gateway.join();
    const { result } = await gateway.core.runs.execute(intent({ preset: 'agent', net }));
    expect(result).toMatchObject({
      exitReason: 'Unavailable',
      error: { message: 'the way out gave no ticket' },
    });
    expect(gateway.core.registry.list()).toHaveLength(1);
  });

  it('that cannot be had makes the run Unavailable, and nothing runs', async () => {
    channels.length = 0;
    server.close();
    await rm(join(dir, 'control.sock'), { force: true });
    const peer = await gateway.join();
    const { result } = await gateway.core.runs.execute(intent({ preset: 'agent', net }));
    expect(result.exitReason).toBe('Unavailable');
    expect(peer.calls.map(({ method }) => method)).toEqual(['bind']);
  });
});
