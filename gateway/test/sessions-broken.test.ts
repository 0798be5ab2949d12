import { Channel, type CallHandler } from '@cofferdam/protocol';
import { createWebSocketStream, WebSocket } from 'ws';
import { afterEach, describe, expect, it } from 'vitest';
import { httpRig, send, type HttpRig } from './http-rig.ts';
import { testPool } from './peer.ts';

let rig: HttpRig;
afterEach(() => rig[Symbol.asyncDispose]());

const DONE = { exitReason: 'Completed', cpuTimeMs: 1, wallTimeMs: 1, ended: false, portBytes: 0 };
const never = () => new Promise<never>(() => {});

interface Runner {
  acquired?: object[];
  end?: () => Promise<object>;
  handlers?: Record<string, CallHandler>;
}

/** A runner whose sessions do as a test says; by default as they should. */
function sessionRunner({ acquired, end, handlers }: Runner = {}) {
  let isMade = false;
  let release = () => {};
  return {
    handlers: {
      'session.acquire': async (call) => {
        const created = !isMade;
        isMade = true;
        const left = new Promise<void>((resolve) => (release = resolve));
        const events = acquired ?? [{ runtimeId: 'r1', layers: ['isolate'], created }];
        for (const event of events) call.emit(event);
        if (end) return end();
        await left;
        return { released: true };
      },
      'session.release': () => (release(), {}),
      'session.dispose': () => (release(), { existed: true }),
      'session.keep': never,
      'runtime.eval': () => DONE,
      ...handlers,
    } as Record<string, CallHandler>,
  };
}

const make = (key = 'a') => rig.post('/v1/sessions', { key });
const evaluate = (id: string, body: object = { code: '1' }) =>
  rig.post(`/v1/sessions/${id}/eval`, body);
const end = (id: string) => send(`${rig.url}/v1/sessions/${id}`, { method: 'DELETE' });

describe('a runner that keeps sessions', () => {
  it('is asked for the session by its id, in its tenant, with a ceiling', async () => {
    rig = await httpRig();
    const peer = await rig.join(sessionRunner());
    const { body } = await make('a key');
    expect(body).toMatchObject({ created: true, layers: ['isolate', 'process'] });
    await evaluate(body.id, { code: '1', timeout: 60_000 });
    expect((await end(body.id)).status).toBe(204);
    const about = (method: string) => peer.calls.filter((call) => call.method === method);
    expect(about('session.acquire').map(({ payload }) => payload)).toMatchObject([
      { key: body.id, spec: { features: ['tests'], bindings: { fetch: false, tools: [] } } },
      { key: body.id },
    ]);
    expect(about('runtime.eval')).toMatchObject([{ payload: { runtimeId: 'r1', timeMs: 5_000 } }]);
    expect(about('session.dispose')).toMatchObject([{ payload: { key: body.id } }]);
    expect(JSON.stringify(peer.calls)).not.toContain('a key');
  });

  it('that has lost one without a word does not replace it', async () => {
    rig = await httpRig();
    const peer = await rig.join(
      sessionRunner({ acquired: [{ runtimeId: 'r1', layers: ['isolate'], created: true }] }),
    );
    const { body } = await make();
    const { status, body: gone } = await evaluate(body.id);
    expect([status, gone.error.code]).toEqual([410, 'SESSION_LOST']);
    expect((await make()).status).toBe(410);
    const ended = peer.calls.filter(({ method }) => method === 'session.dispose');
    expect(ended).toMatchObject([{ payload: { key: body.id } }]);
  });

  it.each<[string, Runner]>([
    [
      'opens one twice',
      { acquired: [1, 2].map(() => ({ runtimeId: 'r', layers: [], created: true })) },
    ],
    ['opens nonsense', { acquired: [{ runtimeId: 7 }] }],
    ['ends with nonsense', { acquired: [], end: async () => ({ over: 'yes' }) }],
  ])('is ended when it %s', async (_what, runner) => {
    rig = await httpRig();
    const peer = await rig.join(sessionRunner(runner));
    const { status } = await make();
    expect(status).toBeGreaterThanOrEqual(410);
    await peer.channel.closed;
  });

  it.each<[string, CallHandler]>([
    ['what is no outcome', () => ({ exitReason: 'Fine' })],
    ['a value that is no JSON', () => ({ ...DONE, value: '{"a":1},"success":true' })],
    ['a value with a line break', () => ({ ...DONE, value: '[1,\n2]' })],
  ])('is ended when it answers %s', async (_what, handler) => {
    rig = await httpRig();
    const peer = await rig.join(sessionRunner({ handlers: { 'runtime.eval': handler } }));
    const { body } = await make();
    const { status } = await evaluate(body.id);
    expect(status).toBeGreaterThanOrEqual(410);
    await peer.channel.closed;
    expect((await evaluate(body.id)).status).toBe(410);
  });

  it('is ended when its guest says on the port what no guest’s end would', async () => {
    rig = await httpRig();
    const peer = await rig.join(
      sessionRunner({
        handlers: {
          'session.acquire': async (call) => {
            call.emit({ runtimeId: 'r1', layers: [], created: true });
            await call.write(Buffer.from([0, 0, 0, 2, 0x7b, 0x7d]));
            return never();
          },
          'runtime.eval': never,
        },
      }),
    );
    const { status } = await rig.post('/v1/sessions', { key: 'a', env: { A: '1' } });
    expect(status).toBeGreaterThanOrEqual(410);
    await peer.channel.closed;
  });

  it('tells by an ended keeping that a session is over which nobody has', async () => {
    rig = await httpRig();
    const over = Promise.withResolvers<object>();
    await rig.join(sessionRunner({ handlers: { 'session.keep': () => over.promise } }));
    const { body } = await make();
    over.resolve({ exitReason: 'Memory', message: 'too much' });
    await expect.poll(async () => (await rig.get(`/v1/sessions/${body.id}`)).status).toBe(410);
    const { body: gone } = await make();
    expect(gone.error.message).toBe('the session was lost: Memory: too much');
  });

  it('is told of the end of a session by the end of its keeping', async () => {
    rig = await httpRig();
    const signals: AbortSignal[] = [];
    await rig.join(
      sessionRunner({
        handlers: { 'session.keep': (call) => (signals.push(call.signal), never()) },
      }),
    );
    const { body } = await make();
    await end(body.id);
    await expect.poll(() => signals[0]?.aborted).toBe(true);
  });

  it('is held by a session, which is one of the runtimes', async () => {
    rig = await httpRig({ maxRuntimes: 1 });
    await rig.join(sessionRunner());
    const { body } = await make();
    expect(rig.gateway.core.registry.list()).toMatchObject([{ active: 1 }]);
    expect((await make('b')).body.error.code).toBe('QUEUE_FULL');
    await end(body.id);
    expect(rig.gateway.core.registry.list()).toMatchObject([{ active: 0 }]);
    expect(rig.gateway.core.runtimes.open).toBe(0);
  });
});

describe('an embedder', () => {
  it('brings no ticket, and no functions where that is forbidden', async () => {
    rig = await httpRig({ clientBindings: 'forbid' });
    await rig.join(sessionRunner());
    const socket = new WebSocket(`${rig.url.replace('http', 'ws')}/v1/connect`);
    const channel = new Channel(createWebSocketStream(socket));
    const none = { console: true, fetch: false, files: false, modules: false, tools: [] };
    const bounds = { memoryBytes: 64 * 2 ** 20, evalTimeMs: 5_000, stretchTimeMs: 5_000 };
    const acquire = (more: object, bindings: object = none) => {
      const spec = { preset: 'web', ...bounds, cwd: '/', bindings, ...more };
      const payload = { key: 'a', idleMs: 60_000, spec };
      return channel.call('session.acquire', payload, { deadlineMs: 5_000 }).reply;
    };
    for (const asked of [
      acquire({ egress: { ticket: 'a'.repeat(22) } }),
      acquire({}, { ...none, tools: ['greet'] }),
      acquire({}, { ...none, browser: true }),
    ]) {
      await expect(asked).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    await expect(acquire({ cwd: 'here' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(rig.gateway.core.sessions.size).toBe(0);
    socket.terminate();
  });
});

describe('a pool that isolates runs', () => {
  it('has a runner for each session, which goes with it', async () => {
    rig = await httpRig();
    rig.gateway.core.pools.set([testPool({ isolation: 'Run' })]);
    const peers = [await rig.join(sessionRunner()), await rig.join(sessionRunner())];
    const [one, other] = [(await make('a')).body, (await make('b')).body];
    expect([one.created, other.created]).toEqual([true, true]);
    for (const { calls } of peers) {
      expect(calls.filter(({ method }) => method === 'session.acquire')).toHaveLength(1);
    }
    await end(one.id);
    await expect.poll(() => rig.gateway.core.registry.list()).toHaveLength(1);
    expect((await evaluate(other.id)).status).toBe(200);
  });
});

describe('a gateway that closes', () => {
  it('lets evals end, takes no more, and ends its sessions', async () => {
    rig = await httpRig({ drainMs: 5_000 });
    const work = Promise.withResolvers<void>();
    const signals: AbortSignal[] = [];
    await rig.join(
      sessionRunner({
        handlers: {
          'session.keep': (call) => (signals.push(call.signal), never()),
          'runtime.eval': async () => (await work.promise, DONE),
        },
      }),
    );
    const { body } = await make();
    const slow = evaluate(body.id);
    await expect.poll(() => rig.gateway.core.sessions.get('default', body.id).state).toBe('busy');
    const closed = rig.gateway.core.sessions.close();
    const { signal } = new AbortController();
    const late = rig.gateway.core.sessions.eval('default', body.id, { code: '1', signal });
    await expect(late).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    work.resolve();
    expect((await slow).status).toBe(200);
    await closed;
    await expect.poll(() => signals[0]?.aborted).toBe(true);
  });
});
