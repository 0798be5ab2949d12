import { hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGatewayConfig, startGateway, type Gateway } from '@cofferdam/gateway';
import { API_VERSION, Channel, resolvePool } from '@cofferdam/protocol';
import { RuntimeKeeper } from '@cofferdam/runner/runtimes';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createIsolateHost,
  createModuleResolver,
  V8Sandbox,
  type GatewayOptions,
  type IsolateHost,
} from '../src/index.ts';
import { until } from './harness.ts';

const TOKEN = 'an-owners-token-that-is-long-enough';
const POOL = 'local';
let gateway: Gateway;
let keeper: RuntimeKeeper;
let runner: Channel;
let folder = '';
const hosts: IsolateHost[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-sdk-gateway-'));
  const socketPath = join(folder, 'gateway.sock');
  const resource = {
    apiVersion: API_VERSION,
    kind: 'SandboxPool',
    metadata: { name: POOL },
  } as const;
  const pool = resolvePool({ ...resource, spec: {} });
  gateway = await startGateway({
    config: readGatewayConfig(
      { ISOLATE_AUTH_TOKEN: TOKEN },
      { port: 0, rateLimit: 0, drainMs: 50 },
    ),
    dataDir: folder,
    runnerAddresses: [socketPath],
    pools: [{ ...pool, warm: { minimum: 0, spare: 0, maximum: 1 } }],
    egress: undefined,
    log: () => {},
  });
  keeper = new RuntimeKeeper();
  runner = await joined(socketPath);
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
});
afterAll(async () => {
  runner.close();
  await keeper.close();
  await gateway.close();
  await rm(folder, { recursive: true });
});

/** A runner of the gateway's that keeps runtimes as the daemon does. */
async function joined(socketPath: string): Promise<Channel> {
  const token = randomBytes(32).toString('base64url');
  gateway.core.registry.expect({ runnerId: 'r', tokenSha256: hash('sha256', token), pool: POOL });
  const socket = connect(socketPath);
  await once(socket, 'connect');
  const kept = keeper.connect(() => channel, 'a tenant');
  const about = { role: 'runner', token, layers: ['process'], versions: { node: process.version } };
  const channel: Channel = new Channel(socket, {
    about,
    handlers: { ...kept.handlers, bind: () => ({}) },
  });
  await channel.peer;
  return channel;
}

async function open(options: Partial<GatewayOptions> = {}): Promise<IsolateHost> {
  const host = await createIsolateHost({ gateway: { url: gateway.url, token: TOKEN, ...options } });
  hosts.push(host);
  return host;
}

describe('a host on a gateway', () => {
  it('has runtimes with every binding, as one on a daemon has', async () => {
    const host = await open();
    const written: string[] = [];
    const runtime = await host.createRuntime({
      bindings: {
        console: { onEntry: ({ stdout }) => void written.push(stdout) },
        fetch: async (request) => new Response(`you sent ${await request.text()}`),
        modules: createModuleResolver().virtual('@/env', 'export const mode: string = "far";'),
        tools: { greet: async (name: string) => `hello ${name}` },
      },
    });
    await runtime.eval(`
      import { mode } from '@/env';
      const response = await fetch('http://service.test/', { method: 'POST', body: 'a body' });
      console.log(mode, await greet('you'), await response.text());
    `);
    expect(written).toEqual(['far hello you you sent a body']);
    expect(await runtime.eval('export default [1]')).toEqual([1]);
    await runtime.dispose();
    await expect(runtime.eval('1')).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });

  it('cancels a loop, and leaves no runtime behind', async () => {
    const host = await open();
    const runtime = await host.createRuntime();
    const abort = new AbortController();
    const loop = runtime.eval('for (;;) {}', { signal: abort.signal });
    abort.abort();
    await expect(loop).rejects.toMatchObject({ name: 'AbortError' });
    await host.createRuntime();
    await host.close();
    expect(await host.diagnostics()).toEqual({ runtimes: 0, servers: 0, connected: false });
    await until(() => keeper.runtimes === 0);
  });

  it('is told why it is not let in', async () => {
    const wrong = open({ token: 'another' });
    await expect(wrong).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(open({ url: `${gateway.url}/elsewhere` })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('answered 404') as string,
    });
    const none = createIsolateHost({ gateway: { url: gateway.url } });
    await expect(none).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('is told that nobody answers, or not in time', async () => {
    const ignore = (socket: Socket) => socket.on('error', () => {}).resume();
    const silent = createServer(ignore).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const late = open({ url, timeoutMs: 100 });
    await expect(late).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    silent.close();
    await once(silent, 'close'); // which it does once its connections have ended
    await expect(open({ url })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

it('workers are the same as on a daemon', async () => {
  const sandbox = new V8Sandbox({
    gateway: { url: gateway.url, token: TOKEN },
    threads: 2,
    cpuLimitMs: 5_000,
  });
  const [one, two] = await Promise.all([sandbox.createIsolate(), sandbox.createIsolate()]);
  one.onRequest('double', (n: number) => n * 2);
  one.onRequest('fetch', ({ url, body }) => ({ status: 201, body: `${url} ${body}` }));
  one.onRequest('websocket', () => {
    throw new Error('not there');
  });
  const result = new Promise((resolve) => one.on('result', resolve));
  void one.execute(`
    NETWORK.on('go', async (n) => {
      const answer = await fetch('https://a.example/', { method: 'POST', body: 'hi' });
      const failed = await new Promise((resolve) => {
        new WebSocket('wss://a.example/').onerror = ({ message }) => resolve(message);
      });
      NETWORK.send('result', [await NETWORK.request('double', n), answer.status, await answer.text(), failed]);
    });
  `);
  one.send('go', 4);
  expect(await result).toEqual([
    8,
    201,
    'https://a.example/ hi',
    expect.stringContaining('not there'),
  ]);
  const ended = new Promise((resolve) => two.onSystem('exit', resolve));
  await two.destroy();
  expect(await ended).toMatchObject({ reason: 'destroyed' });
  await until(() => keeper.runtimes === 1);
  await sandbox.shutdown();
  await until(() => keeper.runtimes === 0);
});
