import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { descendants, isRunning } from '../../cli/test/cofferdam-process.ts';
import { expectCode, expectServed } from './expectations.ts';
import { Instance, scriptFile } from './instance.ts';

const TOKEN = 'correct-horse-battery-staple';
const ENDPOINTS = ['/execute', '/deno'] as const;
const LONG_LOOP = { code: 'for (;;);', timeout: 30_000 };
const GOOD = { code: 'return 6 * 7' };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const headers = bearer(TOKEN);

let up: Instance;
const slow: Socket[] = [];
beforeAll(async () => {
  up = await Instance.start({
    env: {
      ISOLATE_AUTH_TOKEN: TOKEN,
      ISOLATE_MAX_CONCURRENT: '2',
      ISOLATE_MAX_QUEUE: '1',
      ISOLATE_DRAIN_MS: '300',
    },
    scripts: { 'endless.yaml': scriptFile('endless', 'for (;;);', { spec: { suspend: true } }) },
  });
  await up.process.line(/endless Ready=True/);
}, 60_000);
// The slow clients of the last test are still there: they must not keep it from ending.
afterAll(async () => {
  await up[Symbol.asyncDispose]();
  for (const socket of slow) socket.destroy();
}, 60_000);

const served = (path?: string) => expectServed(up, { headers, ...(path ? { path } : {}) });
const load = async () => {
  const { active, queued } = (await up.get('/health')).body.engine;
  return { active, queued };
};
const whenLoad = (active: number, queued = 0) =>
  expect.poll(load, { timeout: 10_000 }).toEqual({ active, queued });

/** Runs that the engines of all runners are busy with. */
async function busy(): Promise<number> {
  const { runners } = (await up.get('/stats', headers)).body;
  const engines = runners.flatMap((runner: { engines: object }) => Object.values(runner.engines));
  return engines.reduce((sum: number, engine: { active: number }) => sum + engine.active, 0);
}

async function cancelled(engine: string): Promise<number> {
  const { text } = await up.get('/metrics', headers);
  const line = `cofferdam_runs_total{engine="${engine}",exit_reason="Cancelled",trigger="http"} `;
  return Number(text.split(line)[1]?.split('\n')[0] ?? 0);
}

describe('a client without the token', () => {
  it.each([...ENDPOINTS, '/validate', '/wasm/compile'])('is refused by %s', async (path) => {
    expectCode(await up.post(path, GOOD), 'UNAUTHENTICATED');
    expectCode(await up.post(path, GOOD, { authorization: TOKEN }), 'UNAUTHENTICATED');
    expectCode(await up.post(path, GOOD, bearer(`${TOKEN}x`)), 'FORBIDDEN');
    expectCode(await up.post(path, GOOD, bearer(TOKEN.slice(1))), 'FORBIDDEN');
    expect((await up.get('/health')).status).toBe(200);
    await served();
  });
});

describe('a client that goes away', { timeout: 60_000 }, () => {
  const events = { accept: 'text/event-stream' };
  const noisy = { code: 'for (;;) console.log("x")', timeout: 30_000 };

  it.each([
    ['/execute', 'isolate', LONG_LOOP, {}],
    ['/execute', 'isolate', noisy, events],
    ['/deno', 'deno', LONG_LOOP, {}],
    ['/deno', 'deno', noisy, events],
  ])('while its loop runs at %s ends that: %s, %j, %j', async (path, engine, body, accept) => {
    const before = await cancelled(engine);
    const leave = up.begin(path, body, { ...headers, ...accept });
    await whenLoad(1);
    await leave();
    await whenLoad(0);
    await expect.poll(busy).toBe(0);
    expect(await cancelled(engine)).toBe(before + 1);
    await served(path);
  });

  it('leaves a record that says so', async () => {
    const leave = up.begin('/v1/namespaces/default/scripts/endless/runs', {}, headers);
    await whenLoad(1);
    await leave();
    await whenLoad(0);
    const path = '/v1/namespaces/default/scripts/endless/runs';
    const [{ runId }] = (await up.get(path, headers)).body.runs;
    const { body } = await up.get(`/v1/runs/${runId}`, headers);
    expect(body).toMatchObject({ runId, exitReason: 'Cancelled', trigger: 'manual' });
    await served();
  });

  it('while it waits gives its place to another, and one too many is told when to come again', async () => {
    const leaves = [
      up.begin('/execute', LONG_LOOP, headers),
      up.begin('/execute', LONG_LOOP, headers),
    ];
    await whenLoad(2);
    const leaveQueue = up.begin('/execute', LONG_LOOP, headers);
    await whenLoad(2, 1);
    const refused = await up.post('/execute', GOOD, headers);
    expectCode(refused, 'QUEUE_FULL');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await leaveQueue();
    await whenLoad(2);
    const waiting = up.post('/execute', GOOD, headers);
    await whenLoad(2, 1);
    await Promise.all(leaves.map((leave) => leave()));
    expect((await waiting).body.result).toBe(42);
    await whenLoad(0);
    await served();
  });
});

describe('slow clients', { timeout: 60_000 }, () => {
  it('a hundred that send a request a byte at a time keep nobody waiting', async () => {
    const { hostname, port } = new URL(up.url);
    const head = `POST /execute HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\n`;
    const body = 'content-type: application/json\r\ncontent-length: 1000\r\n\r\n{"code":';
    for (let i = 0; i < 100; i++) {
      const socket = connect(Number(port), hostname).on('error', () => {});
      slow.push(socket);
      socket.write(i % 2 ? head : head + body);
    }
    await Promise.all(slow.map((socket) => socket.connecting && once(socket, 'connect')));
    for (let i = 0; i < 20; i++) {
      for (const socket of slow) socket.write('a');
      // eslint-disable-next-line no-await-in-loop -- between one byte and the next
      await served();
    }
    expect(slow.filter((socket) => socket.destroyed)).toHaveLength(0);
  });
});

describe('the end of the service', { timeout: 60_000 }, () => {
  it('is told to those whose runs are not done, and waits for no loop', async () => {
    const loops = ENDPOINTS.map((path) => up.post(path, LONG_LOOP, headers));
    await whenLoad(2);
    const started = await descendants(up.process.pid);
    up.process.kill('SIGTERM');
    for (const { status, body } of await Promise.all(loops)) {
      expect([status, body.success, body.error.retry]).toEqual([503, false, true]);
      expect(body.error.blame).toBe('system');
    }
    expect(await up.process.exited).toBe(0);
    expect(await Promise.all(started.map(isRunning))).not.toContain(true);
  });
});
