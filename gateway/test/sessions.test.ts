import type { ChildProcess } from 'node:child_process';
import { Channel, type CallHandler } from '@cofferdam/protocol';
import { createTelemetry } from '@cofferdam/telemetry';
import { join } from 'node:path';
import { createWebSocketStream, WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { acquire as acquireOn, dispose } from '../../runner/test/session-embedder.ts';
import { createGatewayCore } from '../src/index.ts';
import { testPool } from './peer.ts';
import { stop } from './processes.ts';
import { serverRig, type ServerRig } from './server-rig.ts';

const PATIENT = { timeout: 15_000 };
const BINDINGS = { modules: false };
const LOST = { code: 'SESSION_LOST' };
let rig: ServerRig;
const sockets: WebSocket[] = [];
let keys = 0;

beforeAll(async () => {
  rig = await serverRig({}, { runners: 3 });
  // Two calls of a tenant are many for one runner: the next ones go to another.
  rig.gateway.core.pools.set([
    testPool({ runsPerProcess: 1, warm: { minimum: 0, spare: 0, maximum: 8 } }),
  ]);
  await vi.waitUntil(() => rig.gateway.core.registry.list().length === 2, PATIENT);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  const mine = rig.gateway.core.sessions.of('default');
  await Promise.all(mine.list().map((session) => mine.end(session, 'the test is over')));
});
afterAll(() => rig[Symbol.asyncDispose]());

/** An embedder's connection. */
async function embed(handlers: Record<string, CallHandler> = {}) {
  const socket = new WebSocket(`${rig.url.replace('http', 'ws')}/v1/connect`);
  sockets.push(socket);
  const channel = new Channel(createWebSocketStream(socket), { handlers });
  await channel.peer;
  return Object.assign(channel, { kill: () => socket.terminate() });
}

const newKey = () => `key ${++keys}`;
const acquire: typeof acquireOn = (channel, key, asked = {}) =>
  acquireOn(channel, key, { ...asked, bindings: { ...BINDINGS, ...asked.bindings } });
const sessionOf = (key: string) => rig.gateway.core.sessions.of('default').byKey(key);
const runnerOf = (key: string) => sessionOf(key)?.lease.runnerId;

/** Ends a runner's process: which one it is, is for its connection to say. */
async function killRunnerOf(key: string): Promise<void> {
  const channel = sessionOf(key)!.lease.channel;
  await Promise.race([channel.closed, Promise.all(rig.runners.splice(0).map(killed))]);
  await channel.closed;
}

async function killed(runner: ChildProcess): Promise<void> {
  runner.kill('SIGKILL');
  await stop(runner);
}

describe('a session behind a gateway', () => {
  it('stays in its runner, among several, while handles and connections come and go', async () => {
    const all = [newKey(), newKey(), newKey(), newKey()];
    const first = await embed();
    for (const key of all) {
      const session = await acquire(first, key);
      expect(session).toMatchObject({ created: true, layers: ['isolate', 'process'] });
      await session.eval(`globalThis.kept = ${JSON.stringify(key)}`);
      await session.release();
    }
    const runners = all.map(runnerOf);
    expect(new Set(runners).size).toBeGreaterThan(1);
    first.kill();
    const second = await embed();
    for (const key of all) {
      const session = await acquire(second, key);
      expect([session.created, await session.value('export default kept')]).toEqual([false, key]);
      await session.release();
    }
    expect(all.map(runnerOf)).toEqual(runners);
  });

  it('has its handle’s bindings, and its own embedder’s answers', async () => {
    const [one, other] = await Promise.all([
      embed({ 'binding.modules': () => ({ modules: [{ error: 'of one' }] }) }),
      embed({ 'binding.modules': () => ({ modules: [{ error: 'of the other' }] }) }),
    ]);
    const key = newKey();
    for (const channel of [one, other]) {
      const session = await acquire(channel, key, { bindings: { modules: true } });
      const outcome = await session.eval(`import '/x'; console.log('hi')`);
      expect(outcome.error?.message).toContain(channel === one ? 'of one' : 'of the other');
      await session.eval('console.log("hi")');
      await session.message(([kind]) => kind === 'log');
      await session.release();
    }
  });

  it('has one handle at a time, of whichever kind', async () => {
    const [one, other] = await Promise.all([embed(), embed()]);
    const key = newKey();
    const session = await acquire(one, key);
    await expect(acquire(other, key)).rejects.toMatchObject({ code: 'SESSION_IN_USE' });
    const { id } = sessionOf(key)!;
    const path = `/v1/sessions/${id}/eval`;
    const busy = await rig.post(path, { code: '1' });
    expect([busy.status, busy.body.error.code]).toEqual([409, 'SESSION_IN_USE']);
    await session.eval('globalThis.n = 5');
    await session.release();
    expect((await rig.post(path, { code: 'export default n' })).body.result).toBe(5);
    const again = await acquire(other, key);
    expect(await again.value('export default n')).toBe(5);
    const stale = session.eval('n');
    await expect(stale).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });

  it('is given to one of those who ask at once', async () => {
    const channels = await Promise.all([embed(), embed(), embed()]);
    const key = newKey();
    const asked = await Promise.allSettled(channels.map((channel) => acquire(channel, key)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of asked) {
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'SESSION_IN_USE' });
    }
  });

  it('is lost with its runner while nobody has it: whoever asks is told, until it is disposed of', async () => {
    const channel = await embed();
    const key = newKey();
    const session = await acquire(channel, key);
    await session.eval('globalThis.n = 1');
    await session.release();
    await killRunnerOf(key);
    for (let asked = 0; asked < 2; asked++) {
      await expect(acquire(channel, key)).rejects.toMatchObject({
        ...LOST,
        message: expect.stringContaining('its runner is gone') as string,
      });
    }
    const { status, body } = await rig.post('/v1/sessions', { key });
    expect([status, body.error.code]).toEqual([410, 'SESSION_LOST']);
    expect(await dispose(channel, key)).toEqual({ existed: false });
    const next = await acquire(channel, key);
    expect([next.created, await next.value('export default typeof n')]).toEqual([
      true,
      'undefined',
    ]);
  });

  it('is lost with its runner while somebody has it, who is told', async () => {
    const channel = await embed();
    const key = newKey();
    const session = await acquire(channel, key);
    const hanging = session.eval('await new Promise(() => {})').catch((error: unknown) => error);
    await killRunnerOf(key);
    await expect(session.end).rejects.toMatchObject(LOST);
    expect(await hanging).toMatchObject({ code: 'CONNECTION_LOST' });
    expect((await acquire(channel, key)).created).toBe(true);
  });

  it('answers an eval over HTTP that it was lost with its runner', async () => {
    const { body } = await rig.post('/v1/sessions', { key: newKey() });
    const code = 'await new Promise(() => {})';
    const asked = rig.post(`/v1/sessions/${body.id}/eval`, { code });
    await expect
      .poll(async () => (await rig.get(`/v1/sessions/${body.id}`)).body.state)
      .toBe('busy');
    await killRunnerOf(body.key);
    const answer = await asked;
    expect([answer.status, answer.body.error.code]).toEqual([410, 'SESSION_LOST']);
  });

  it('is lost, and says so, when its client is killed in the middle of an eval', async () => {
    const [one, other] = await Promise.all([embed(), embed()]);
    const key = newKey();
    const session = await acquire(one, key);
    session.eval('await new Promise(() => {})').catch(() => {});
    await session.figures();
    one.kill();
    await expect.poll(() => sessionOf(key), PATIENT).toBeUndefined();
    await expect(acquire(other, key)).rejects.toMatchObject(LOST);
  });

  it('is given back when its client is killed between evals', async () => {
    const [one, other] = await Promise.all([embed(), embed()]);
    const key = newKey();
    await (await acquire(one, key)).eval('globalThis.n = 3');
    one.kill();
    const free = () => rig.gateway.core.sessions.list('default').find((each) => each.key === key);
    await expect.poll(() => free()?.state, PATIENT).toBe('idle');
    const again = await acquire(other, key);
    expect([again.created, await again.value('export default n')]).toEqual([false, 3]);
  });

  it('is evicted after its idle time', async () => {
    const channel = await embed();
    const key = newKey();
    await (await acquire(channel, key, { idleMs: 1_000 })).release();
    await expect.poll(() => sessionOf(key), PATIENT).toBeUndefined();
    await expect(acquire(channel, key)).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
  });

  it('frees its key when its handle is told of its end', async () => {
    const channel = await embed();
    const key = newKey();
    const session = await acquire(channel, key);
    const late = await session.eval('for (;;);', { timeMs: 200 });
    expect(late).toMatchObject({ exitReason: 'WallTime', ended: true });
    const next = await acquire(channel, key);
    expect(next.created).toBe(true);
    expect(await session.end).toMatchObject({ released: false, exitReason: 'WallTime' });
    expect(await dispose(channel, key, 'enough')).toEqual({ existed: true });
    expect(await next.end).toMatchObject({ released: false, message: 'enough' });
  });

  it('is lost, and says how, when its guest passes a limit while nobody has it', async () => {
    const channel = await embed();
    const key = newKey();
    const session = await acquire(channel, key, { stretchTimeMs: 200 });
    await session.eval('setTimeout(() => { for (;;); }, 50)');
    await session.release();
    await expect.poll(() => sessionOf(key), PATIENT).toBeUndefined();
    await expect(acquire(channel, key)).rejects.toMatchObject({
      ...LOST,
      message: expect.stringContaining('CpuTime') as string,
    });
  });

  it('goes when its runner is recycled, and says so', async () => {
    const channel = await embed();
    const [idle, live] = [newKey(), newKey()];
    await (await acquire(channel, idle)).release();
    const session = await acquire(channel, live);
    for (const { runnerId } of rig.gateway.core.registry.list()) {
      rig.gateway.core.registry.retire(runnerId, 'there is a new image');
    }
    await expect.poll(() => sessionOf(idle), PATIENT).toBeUndefined();
    const told = { ...LOST, message: expect.stringContaining('recycled') as string };
    await expect(acquire(channel, idle)).rejects.toMatchObject(told);
    expect(await session.value('export default 1')).toBe(1);
    await session.release();
    await expect(acquire(channel, live)).rejects.toMatchObject(told);
  });

  it('that is its connection’s alone ends with it', async () => {
    const one = await embed();
    const key = newKey();
    const call = one.call(
      'session.acquire',
      { key, idleMs: 60_000, bound: true, spec: PLAIN },
      { deadlineMs: 0 },
    );
    call.reply.catch(() => {});
    await expect.poll(() => sessionOf(key)?.layers.length, PATIENT).toBe(2);
    one.kill();
    await expect.poll(() => sessionOf(key), PATIENT).toBeUndefined();
    expect((await acquire(await embed(), key)).created).toBe(true);
  });

  it('is what the next gateway knows of it: lost, until it is disposed of', async () => {
    const { core } = rig.gateway;
    const channel = await embed();
    const [left, ended] = [newKey(), newKey()];
    await (await acquire(channel, left)).release();
    await (await acquire(channel, ended)).release();
    await dispose(channel, ended);
    const { id } = sessionOf(left)!;
    const next = await createGatewayCore({
      dataDir: join(rig.dir, 'next'),
      recordsPath: join(rig.dir, 'runs.sqlite'),
      telemetry: await createTelemetry(),
      runners: { addresses: [] },
      pools: [testPool()],
    });
    const signal = AbortSignal.abort();
    const ask = { idleMs: 60_000, net: [], maxRequests: 0 };
    const asked = (key: string) =>
      next.sessions.create('default', { ...ask, key, limits: { ...LIMITS } }, { signal });
    const lost = { ...LOST, message: expect.stringContaining('the gateway ended') as string };
    await expect(asked(left)).rejects.toMatchObject(lost);
    expect(() => next.sessions.get('default', id)).toThrow('the gateway ended');
    expect(() => next.sessions.get('birch', id)).toThrow('no session of this id');
    await next.sessions.dispose('default', id);
    for (const key of [left, ended]) {
      // Nothing is against it but that nobody waits.
      await expect(asked(key)).rejects.toMatchObject({ code: 'CANCELLED' });
    }
    await next.close();
    await core.sessions.dispose('default', id);
  });
});

const LIMITS = {
  cpuTimeMs: 1_000,
  wallTimeMs: 1_000,
  memoryBytes: 64 * 2 ** 20,
  outputBytes: 1_000,
  bridgeCalls: 1,
  bridgePayloadBytes: 1_000,
};
const PLAIN = {
  ...{ preset: 'web', memoryBytes: 64 * 2 ** 20, evalTimeMs: 5_000, stretchTimeMs: 5_000 },
  cwd: '/',
  bindings: { console: true, fetch: false, files: false, modules: false, tools: [] },
};
