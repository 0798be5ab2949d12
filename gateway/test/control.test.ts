import { once } from 'node:events';
import { connect } from 'node:net';
import {
  encodeCall,
  helloPayload,
  CofferdamError,
  encodeFrame,
  type ControlOutcome,
} from '@cofferdam/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONTROL_TOKEN, controlRig, published, resolved, type ControlRig } from './control-rig.ts';
import { ok } from './peer.ts';
import { failure } from './registry-rig.ts';

let gateway: ControlRig;
beforeEach(async () => void (gateway = await controlRig()));
afterEach(() => gateway[Symbol.asyncDispose]());

const none = { put: [], drop: [] };

describe('the private port', () => {
  const hello = (about: object) => encodeFrame('hello', false, 0, helloPayload(about));
  const right = { role: 'operator', token: CONTROL_TOKEN, epoch: 1 };
  const STRANGERS: Record<string, Uint8Array> = {
    'a wrong token': hello({ ...right, token: `${CONTROL_TOKEN}r` }),
    'a token that is too short': hello({ ...right, token: 'short' }),
    'another role': hello({ ...right, role: 'runner' }),
    'an unknown field': hello({ ...right, tenant: 'a' }),
    'a call and no hello': encodeFrame('call', false, 1, encodeCall('ready', 1_000, {})),
    'another protocol': Buffer.from('GET /metrics HTTP/1.1\r\n\r\n'),
  };
  for (const [what, bytes] of Object.entries(STRANGERS)) {
    it(`says not one byte to ${what}`, async () => {
      const socket = connect(gateway.controlPath).on('error', () => {});
      const heard: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => heard.push(chunk));
      await once(socket, 'connect');
      const closed = new Promise((resolve) => void socket.once('close', resolve));
      socket.write(bytes);
      await closed;
      expect(Buffer.concat(heard)).toHaveLength(0);
      expect(gateway.operator.isConnected).toBe(false);
    });
  }

  it('does nothing that is asked before the token is known', async () => {
    const about = { ...right, token: 'another-token-that-is-long-enough-for-it' };
    const stranger = await gateway.dial(about);
    await expect(stranger.call('ready', {})).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(gateway.ready).toBe(0);
    expect(gateway.refusals).toEqual(['FORBIDDEN']);
  });

  it('refuses an operator that was replaced, and takes the same one again', async () => {
    const first = await gateway.dial({ epoch: 5 });
    await first.channel.peer;
    const late = await gateway.dial({ epoch: 4 });
    await late.channel.closed;
    expect(gateway.refusals).toEqual(['STALE_EPOCH']);
    await expect(first.call('ready', {})).resolves.toEqual({});
    const again = await gateway.dial({ epoch: 5 });
    await again.channel.peer;
    await first.channel.closed;
    await expect(again.call('ready', {})).resolves.toEqual({});
  });

  it('hears no more of an operator when the next one is there', async () => {
    const before = await gateway.dial({ epoch: 1 });
    await before.channel.peer;
    const next = await gateway.dial({ epoch: 2 });
    await next.channel.peer;
    await expect(
      before.call('catalogue', { ...none, put: [published('old')] }),
    ).rejects.toBeInstanceOf(CofferdamError);
    expect(gateway.scripts.list()).toEqual([]);
  });
});

describe('what the operator is told', () => {
  it('is each demand once, and all of it again on the next connection', async () => {
    const { registry } = gateway.core;
    const first = await gateway.dial();
    await first.channel.peer;
    for (let i = 0; i < 3; i++) registry.announceDemand();
    const peer = await gateway.join();
    for (let i = 0; i < 3; i++) registry.announceDemand();
    await first.call('ready', {});
    const demands = first.heard.filter(({ method }) => method === 'demand');
    const joined = { pool: 'local', joined: 1, unbound: 1, expected: 0, waiting: 0 };
    // The second time as the answer to `ready`.
    expect(demands.map(({ payload }) => payload)).toEqual([joined, joined]);
    first.socket.destroy();
    await vi.waitUntil(() => !gateway.operator.isConnected);
    peer.socket.destroy();
    await vi.waitUntil(() => registry.list().length === 0);
    const second = await gateway.dial();
    await second.channel.peer;
    await second.call('ready', {});
    const { runnerId } = peer;
    expect(second.heard).toEqual([
      { method: 'demand', payload: { ...joined, joined: 0, unbound: 0 } },
      { method: 'runner.discard', payload: { runnerId, reason: 'the connection ended' } },
    ]);
  });

  it('is a discarded runner until it says that it knows', async () => {
    gateway.operator.discard('pod-1', 'x'.repeat(5_000));
    const first = await gateway.dial();
    await first.channel.peer;
    await first.call('ready', {});
    const reason = 'x'.repeat(1_024);
    const said = { method: 'runner.discard', payload: { runnerId: 'pod-1', reason } };
    expect(first.heard).toContainEqual(said);
    await first.call('runner.forget', { runnerId: 'pod-1' });
    first.heard.splice(0);
    await first.call('ready', {});
    expect(first.heard).not.toContainEqual(said);
  });

  it('is what a runner was found to be, until the runner is gone', async () => {
    const report = {
      runnerId: 'pod-1',
      works: true,
      ready: true,
      reached: [],
      layers: [],
      versions: {},
    };
    gateway.operator.report(report);
    const first = await gateway.dial();
    await first.channel.peer;
    await first.call('ready', {});
    expect(first.heard).toContainEqual({ method: 'runner.report', payload: report });
    gateway.operator.discard('pod-1', 'gone');
    first.heard.splice(0);
    await first.call('ready', {});
    expect(first.heard.map(({ method }) => method)).not.toContain('runner.report');
    expect(first.heard.at(-1)?.method).toBe('runner.discard');
  });

  const finished = (n: number, over = {}) => ({
    ...{ uid: 'u', namespace: 'home', name: 'one', trigger: 'http' as const },
    outcome: { runId: `run-${n}`, startedAt: 1, durationMs: 1, result: ok(over) },
  });
  const runIds = (heard: { method: string; payload: unknown }[]) =>
    heard
      .filter(({ method }) => method === 'run.finished')
      .map(({ payload }) => (payload as ReturnType<typeof finished>).outcome.runId);

  it('is of runs in its absence the last 10,000, of each no more than a status shows', async () => {
    const line = { timestamp: 1, level: 'log' as const, message: 'y'.repeat(1_000) };
    for (let n = 0; n < 10_002; n++) {
      gateway.operator.finished(finished(n, { value: 'x'.repeat(100_000), logs: [line] }));
    }
    const first = await gateway.dial();
    await first.channel.peer;
    await first.call('ready', {});
    await expect.poll(() => runIds(first.heard).length).toBe(10_000);
    expect(runIds(first.heard)[0]).toBe('run-2');
    const { payload } = first.heard.find(({ method }) => method === 'run.finished')!;
    expect(JSON.stringify(payload).length).toBeLessThan(2_000);
  });

  it('is of a run again when its answer was lost, and not when it refused it', async () => {
    const answers: (() => void)[] = [];
    const late = () => new Promise<object>((resolve) => void answers.push(() => resolve({})));
    const first = await gateway.dial({}, { 'run.finished': late });
    await first.channel.peer;
    gateway.operator.finished(finished(1));
    await vi.waitUntil(() => answers.length === 1);
    first.socket.destroy();
    await vi.waitUntil(() => !gateway.operator.isConnected);
    const refuse = () => Promise.reject(new CofferdamError('FORBIDDEN'));
    const second = await gateway.dial({}, { 'run.finished': refuse });
    await second.channel.peer;
    await second.call('ready', {});
    await expect.poll(() => runIds(second.heard)).toEqual(['run-1']);
    await second.call('ready', {});
    await second.call('ready', {});
    expect(runIds(second.heard)).toEqual(['run-1']);
  });
});

describe('a bind', () => {
  it('waits for an operator', async () => {
    const bind = gateway.operator.bind('pod-1', { tenant: 'a', scope: 's' });
    const operator = await gateway.dial();
    await bind;
    expect(operator.heard).toEqual([
      { method: 'runner.bind', payload: { runnerId: 'pod-1', owner: { tenant: 'a', scope: 's' } } },
    ]);
  });

  it('is UNAVAILABLE when none comes, or when it leaves before its answer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const bind = gateway.operator.bind('pod-1', { tenant: 'a' });
    const refused = failure(bind);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await refused).toMatchObject({ code: 'UNAVAILABLE' });
    vi.useRealTimers();
    const silent = { 'runner.bind': () => new Promise(() => {}) };
    const operator = await gateway.dial({}, silent);
    await operator.channel.peer;
    const second = gateway.operator.bind('pod-1', { tenant: 'a' });
    await vi.waitUntil(() => operator.heard.length === 1);
    operator.socket.destroy();
    await expect(second).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('is refused as the operator refuses it', async () => {
    const refuse = () => Promise.reject(new CofferdamError('FORBIDDEN', 'it is of another tenant'));
    const operator = await gateway.dial({}, { 'runner.bind': refuse });
    await operator.channel.peer;
    const bind = gateway.operator.bind('pod-1', { tenant: 'a' });
    await expect(bind).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('what an operator publishes', () => {
  it('is there as it was said last, one change after the other', async () => {
    const operator = await gateway.dial();
    await operator.channel.peer;
    const change = (payload: object) => operator.call('catalogue', { ...none, ...payload });
    await change({ put: [published('one'), published('two')] });
    await change({ put: [published('two', { generation: 2 })], drop: ['home/one'] });
    expect(gateway.scripts.list()).toMatchObject([{ name: 'two', generation: 2, running: 0 }]);
    expect(gateway.core.catalogue.get('home', 'one')).toBeUndefined();
    expect(gateway.scripts.list()[0]).not.toHaveProperty('script');
    await change({ put: [published('three')] });
    await change({ only: ['home/three', 'home/never'] });
    expect(gateway.scripts.list().map(({ name }) => name)).toEqual(['three']);
    expect(gateway.core.catalogue.list().map(({ name }) => name)).toEqual(['three']);
  });

  it('may be a script that cannot run, which then says why', async () => {
    const operator = await gateway.dial();
    await operator.channel.peer;
    await operator.call('catalogue', { ...none, put: [published('one')] });
    const ready = {
      ...{ type: 'Ready', status: 'False', reason: 'SecretNotFound', message: 'no Secret s' },
      ...{ lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1 },
    } as const;
    const { script: _, ...broken } = published('one');
    const status = { ...broken.status, conditions: [ready] };
    await operator.call('catalogue', { ...none, put: [{ ...broken, status }] });
    const run = (name: string) => gateway.scripts.runNow('home', name, { trigger: 'manual' });
    await expect(run('one')).rejects.toMatchObject({
      code: 'SCRIPT_NOT_READY',
      message: expect.stringContaining('SecretNotFound: no Secret s'),
    });
    await expect(run('two')).rejects.toMatchObject({ code: 'SCRIPT_NOT_FOUND' });
  });

  it('is counted while it runs, and the operator is told of the end', async () => {
    const operator = await gateway.dial();
    await operator.channel.peer;
    await operator.call('catalogue', { ...none, put: [published('one')] });
    const over = Promise.withResolvers<void>();
    await gateway.join({ run: () => over.promise.then(() => ok()) });
    const run = gateway.scripts.runNow('home', 'one', { trigger: 'manual', input: { n: 1 } });
    expect(gateway.scripts.get('home', 'one')).toMatchObject({ running: 1 });
    over.resolve();
    await run;
    expect(gateway.scripts.get('home', 'one')).toMatchObject({ running: 0 });
    await expect
      .poll(() => operator.heard.at(-1))
      .toMatchObject({
        method: 'run.finished',
        payload: { uid: 'uid-one', name: 'one', trigger: 'manual' },
      });
  });
});

describe('a run that the operator asks for', () => {
  const due = { trigger: 'schedule', scheduledAt: 1_700_000_000_000, epoch: 1 };

  it('is answered from the record when it was run before', async () => {
    const operator = await gateway.dial();
    await operator.channel.peer;
    const peer = await gateway.join({ run: () => ok({ value: '"first"' }) });
    const ask = { script: resolved('one'), ...due };
    const first = await operator.call<ControlOutcome>('run', ask);
    const second = await operator.call<ControlOutcome>('run', ask);
    expect(second).toMatchObject({
      ...{ runId: first.runId, traceId: first.traceId, startedAt: first.startedAt },
      result: { exitReason: 'Completed', value: '"first"' },
    });
    expect(second.result).not.toHaveProperty('error');
    expect(peer.calls.filter(({ method }) => method === 'run')).toHaveLength(1);
    const other = await operator.call<ControlOutcome>('run', {
      ...ask,
      scheduledAt: due.scheduledAt + 1,
    });
    expect(other.runId).not.toBe(first.runId);
  });

  it('is answered with its failure when it failed', async () => {
    const operator = await gateway.dial();
    await operator.channel.peer;
    const error = { name: 'TypeError', message: 'x is not a function' };
    const { value: _, ...failed } = ok({ exitReason: 'Exception', error });
    await gateway.join({ run: () => failed });
    const ask = { script: resolved('one'), ...due };
    await operator.call('run', ask);
    const { result } = await operator.call<ControlOutcome>('run', ask);
    expect(result).toMatchObject({ exitReason: 'Exception', error });
    expect(result).not.toHaveProperty('value');
  });

  it('is DUPLICATE_RUN while it goes on', async () => {
    const operator = await gateway.dial();
    await operator.channel.peer;
    const over = Promise.withResolvers<void>();
    const peer = await gateway.join({ run: () => over.promise.then(() => ok()) });
    const ask = { script: resolved('one'), ...due };
    const first = operator.call('run', ask);
    await vi.waitUntil(() => peer.calls.some(({ method }) => method === 'run'));
    await expect(operator.call('run', ask)).rejects.toMatchObject({ code: 'DUPLICATE_RUN' });
    over.resolve();
    await first;
  });

  it('is SCRIPT_NOT_FOUND for one that is not published', async () => {
    const operator = await gateway.dial();
    await operator.channel.peer;
    const run = operator.call('run', { script: { namespace: 'home', name: 'none' }, ...due });
    await expect(run).rejects.toMatchObject({ code: 'SCRIPT_NOT_FOUND' });
  });
});

describe('runners', () => {
  it.each([
    ['runner.expect', { runnerId: 'Pod_1', tokenSha256: 'a'.repeat(64), pool: 'p' }],
    ['runner.expect', { runnerId: 'pod-1', tokenSha256: 'a', pool: 'p' }],
    ['runner.forget', { runnerId: '' }],
    ['runner.retire', { runnerId: 'pod-1', reason: 'x'.repeat(1_025) }],
  ])('%s is checked', async (method, payload) => {
    const operator = await gateway.dial();
    await operator.channel.peer;
    await expect(operator.call(method, payload)).rejects.toBeInstanceOf(CofferdamError);
    expect(gateway.core.registry.expected).toBe(0);
  });

  it('are announced, retired and forgotten', async () => {
    const operator = await gateway.dial();
    await operator.channel.peer;
    const expected = {
      runnerId: 'pod-1',
      tokenSha256: 'a'.repeat(64),
      pool: 'local',
      lasting: true,
    };
    await operator.call('runner.expect', expected);
    expect(gateway.core.registry.expected).toBe(1);
    await operator.call('runner.forget', { runnerId: 'pod-1' });
    expect(gateway.core.registry.expected).toBe(0);
    const peer = await gateway.join();
    await operator.call('runner.retire', { runnerId: peer.runnerId, reason: 'old' });
    await peer.channel.closed;
    expect(operator.heard.at(-2)?.method).toBe('runner.discard');
  });
});
