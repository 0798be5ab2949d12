import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Channel, type IncomingCall } from '@cofferdam/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intent, ok, requestOf, rig, tempDir, type Rig } from './peer.ts';
import { startEgress, stop } from './processes.ts';

const target = createServer((_request, response) => response.end('pong'));
let dir: string;
let egress: Awaited<ReturnType<typeof startEgress>>;
let gateway: Rig;
let port: number;

beforeAll(async () => {
  dir = await tempDir();
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  port = (target.address() as AddressInfo).port;
  egress = await startEgress(dir);
  const allowPrivate = ['127.0.0.1/32'];
  gateway = await rig({ dataDir: dir, egress: { control: egress.control, allowPrivate } });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await stop(egress.process);
  target.close();
  await rm(dir, { recursive: true });
});

/** Uses a ticket as a runner does, on its one connection to the way out. */
async function fetchWith(channel: Channel, ticket: string, at: number): Promise<unknown> {
  const url = `http://127.0.0.1:${at}/`;
  const start = { url, method: 'GET', headers: [], redirect: 'follow', hasBody: false };
  const call = channel.call('fetch', { ticket, ...start }, { deadlineMs: 5_000 });
  call.end();
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of call.data) chunks.push(chunk);
    await call.reply;
    return Buffer.concat(chunks).toString();
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('the real way out', () => {
  it('serves a run what its ticket allows, nothing else, and nothing after the run', async () => {
    const answers: unknown[] = [];
    let ticket = '';
    const way = new Channel(connect(egress.socket), { about: { role: 'runner' } });
    const stolen = new Channel(connect(egress.socket), { about: { role: 'runner' } });
    await gateway.join({
      run: async (call: IncomingCall) => {
        ticket = requestOf(call.payload).ticket!;
        answers.push(await fetchWith(way, ticket, port));
        answers.push(await fetchWith(way, ticket, port + 1));
        answers.push(await fetchWith(stolen, ticket, port));
        return ok();
      },
    });
    const net = [{ host: '127.0.0.1', ports: [port] }];
    const asked = intent({ preset: 'agent', net, maxRequests: 5 });
    const { result } = await gateway.core.runs.execute(asked);
    expect(result.exitReason).toBe('Completed');
    expect(answers).toEqual(['pong', 'EGRESS_DENIED', 'EGRESS_TICKET']);
    const metrics = () => gateway.telemetry.metrics.text();
    await expect.poll(metrics).toContain('egress_requests_total{decision="allowed"} 1\n');
    expect(await metrics()).toContain('egress_requests_total{decision="denied"} 1\n');
    expect(await fetchWith(way, ticket, port)).toBe('EGRESS_TICKET');
    for (const channel of [way, stolen]) channel.close();
  });
});
