import { hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGatewayConfig, startGateway, type Gateway } from '@cofferdam/gateway';
import { API_VERSION, Channel, resolvePool } from '@cofferdam/protocol';
import { RuntimeKeeper } from '@cofferdam/runner/runtimes';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../src/client/index.ts';
import {
  createIsolateHost,
  createModuleResolver,
  V8Sandbox,
  type GatewayOptions,
  type IsolateHost,
} from '../src/index.ts';
import { until } from './harness.ts';

const TOKEN = 'an-owners-token-that-is-long-enough';
const GUEST = 'a-token-that-is-taken-back';
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
  await giveTokens({ name: 'guest', token: GUEST, namespaces: ['default'] });
  gateway = await startGateway({
    config: readGatewayConfig(
      { ISOLATE_AUTH_TOKEN: TOKEN, COFFERDAM_TOKENS_FILE: tokensFile() },
      { port: 0, rateLimit: 0, drainMs: 50 },
    ),
    dataDir: folder,
    runnerAddresses: [socketPath],
    pools: [{ ...pool, warm: { minimum: 0, spare: 0, maximum: 1 } }],
    egress: undefined,
    standingMs: 50,
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

const tokensFile = () => join(folder, 'tokens.json');
/** All at once, as a mounted Secret. */
async function giveTokens(...tokens: object[]): Promise<void> {
  await writeFile(`${tokensFile()}.new`, JSON.stringify(tokens));
  await rename(`${tokensFile()}.new`, tokensFile());
}

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
  it('runs tests as on a daemon', async () => {
    const host = await open();
    const runtime = await host.createTestRuntime({
      bindings: { tools: { half: (n: number) => n / 2 } },
    });
    const told: string[] = [];
    runtime.test.onEvent(({ type }) => void told.push(type));
    const results = await runtime.run(`
      test('a tool', async () => expect(await half(4)).toBe(2));
      test('fails', () => { throw new Error('far') });
    `);
    expect(results.tests.map(({ status }) => status)).toEqual(['pass', 'fail']);
    expect(told).toEqual(['runStart', 'testStart', 'testEnd', 'testStart', 'testEnd', 'runEnd']);
  });

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

  it('has nested hosts as on a daemon, whose children end with their guest', async () => {
    const host = await open();
    const runtime = await host.createRuntime({ nestedHost: { maxTotalResources: 2 } });
    const result = await runtime.eval(`
      import { createIsolateHost, createModuleResolver } from 'cofferdam';
      const nested = createIsolateHost();
      const child = await nested.createRuntime({ bindings: { tools: { greet: async (name) => 'hello ' + name } } });
      const modules = createModuleResolver().virtual('/s.js', 'serve({ fetch: (request) => new Response(request.body) })');
      const server = await nested.createAppServer({ key: 'k', entry: '/s.js', bindings: { modules } });
      const { response } = await server.handle(new Request('http://a.test/', { method: 'POST', body: 'far' }));
      export default [await child.eval('export default await greet("you")'), await response.text(),
        await nested.createRuntime().catch(({ code }) => code)]`);
    expect(result).toEqual(['hello you', 'far', 'QUOTA_EXCEEDED']);
    expect(await host.diagnostics()).toMatchObject({ runtimes: 2, servers: 1 });
    await runtime.dispose();
    await until(async () => (await host.diagnostics()).servers === 0);
    expect(await host.diagnostics()).toMatchObject({ runtimes: 0, servers: 0 });
  });

  it('answers what its guest asks of a browser, with bytes both ways', async () => {
    const host = await open();
    const asked: [string, string, number | undefined][] = [];
    const handle = (id: string, c: string) => ({ value: JSON.stringify({ $h: id, c }) });
    const runtime = await host.createRuntime({
      bindings: {
        browser: {
          handler: async ({ object, method, data }) => {
            asked.push([object, method, data?.byteLength]);
            if (method === 'newContext') return handle('context:1', 'Context');
            if (method === 'newPage') return handle('page:1', 'Page');
            if (method !== 'screenshot') return {};
            return { value: '{"$b":[0,400000]}', data: new Uint8Array(400_000).fill(7) };
          },
        },
      },
    });
    const code = `const page = await (await browser.newContext()).newPage();
      await page.evaluate('x', new Uint8Array(300_000));
      const bytes = await page.screenshot();
      export default [bytes.byteLength, bytes[399_999]];`;
    expect(await runtime.eval(code)).toEqual([400_000, 7]);
    expect(asked).toEqual([
      ['browser', 'newContext', undefined],
      ['context:1', 'newPage', undefined],
      ['page:1', 'evaluate', 300_000],
      ['page:1', 'screenshot', undefined],
    ]);
  });

  it('has app servers as on a daemon', async () => {
    const host = await open();
    const commands: unknown[] = [];
    const code = `serve({ async fetch(request, server) {
      if (request.headers.get('upgrade')) return void server.upgrade(request);
      return new Response(await who() + await request.text());
    }, websocket: { message(ws, data) { ws.send(data) } } })`;
    const server = await host.createAppServer({
      key: 'served',
      entry: '/server.ts',
      bindings: {
        modules: createModuleResolver().virtual('/server.ts', code),
        tools: { who: ({ requestId }: { requestId: string }) => requestId },
      },
      webSockets: { onCommand: (command) => void commands.push(command) },
    });
    const body = 'x'.repeat(600_000);
    const asked = new Request('http://a/', { method: 'POST', body });
    const result = await server.handle(asked, { requestId: 'mine' });
    expect(result.type === 'response' && (await result.response.text())).toBe(`mine${body}`);
    const wanted = await server.handle(new Request('http://a/', { headers: { upgrade: 'a' } }));
    if (wanted.type !== 'websocket') throw new Error('it was not upgraded');
    const { connectionId } = wanted.upgradeData;
    await server.ws.open(connectionId);
    await server.ws.message(connectionId, 'there');
    await until(() => commands.length === 1);
    expect(commands).toEqual([{ type: 'message', connectionId, data: 'there' }]);
    await server.ws.close(connectionId);
    await server.dispose();
  });

  it('has sessions, which outlive their handles, hosts and connections', async () => {
    const [one, other] = [await open(), await open()];
    const bindings = (name: string) => ({
      bindings: { tools: { greet: async () => `hello ${name}` } },
    });
    const first = await one.getNamespacedRuntime('agent', bindings('one'));
    expect(first.created).toBe(true);
    await first.eval('globalThis.kept = await greet()');
    const busy = other.getNamespacedRuntime('agent');
    await expect(busy).rejects.toMatchObject({ code: 'SESSION_IN_USE' });
    await first.dispose();
    await one.close();
    const second = await other.getNamespacedRuntime('agent', bindings('other'));
    expect(second.created).toBe(false);
    const greeted = await second.eval('export default [kept, await greet()]');
    expect(greeted).toEqual(['hello one', 'hello other']);
    const results = await second.runTests(`test('kept', () => expect(kept).toBe('hello one'))`);
    expect(results).toMatchObject({ passed: 1, failed: 0 });
    await second.dispose();
    await other.disposeNamespace('agent');
    await until(() => keeper.runtimes === 0);
  });

  it('has the sessions that a client without a connection has', async () => {
    const { sessions } = createClient({ baseUrl: gateway.url, token: TOKEN });
    const made = await sessions.open({ key: 'shared', env: { NAME: 'ash' } });
    expect(made).toMatchObject({ key: 'shared', created: true });
    const host = await open();
    const handle = await host.getNamespacedRuntime('shared', {
      bindings: { tools: { greet: async () => 'hello' } },
    });
    expect(handle.created).toBe(false);
    await handle.eval('globalThis.kept = (await greet()) + env.NAME; globalThis.old = greet');
    const code = 'export default kept';
    await expect(sessions.eval(made.id, { code })).rejects.toMatchObject({
      code: 'SESSION_IN_USE',
    });
    await handle.dispose();
    expect(await sessions.eval(made.id, { code })).toMatchObject({ result: 'helloash' });
    const refused = await sessions.eval(made.id, { code: 'await old()' });
    expect(refused).toMatchObject({ success: false, error: { message: expect.anything() } });
    const tests = { code: `test('a', () => expect(typeof greet).toBe('undefined'))` };
    expect(await sessions.runTests(made.id, tests)).toMatchObject({ passed: 1 });
    expect(await sessions.list()).toMatchObject([{ id: made.id, state: 'idle' }]);
    await sessions.end(made.id);
    await expect(sessions.get(made.id)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
    await until(() => keeper.runtimes === 0);
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

  it('is told that its token has been taken back, and what it had ends', async () => {
    const host = await open({ token: GUEST });
    const runtime = await host.createRuntime();
    const running = runtime.eval('await new Promise(() => {})');
    await giveTokens();
    await expect(running).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('its token may not have it any more') as string,
    });
    await expect(host.createRuntime()).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      cause: { code: 'FORBIDDEN' },
    });
    await until(() => keeper.runtimes === 0);
    await expect(open({ token: GUEST })).rejects.toMatchObject({ code: 'FORBIDDEN' });
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
