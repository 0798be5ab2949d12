import { LASTING, RUN_BROWSER_METHOD, type CallHandler, type RunResult } from '@cofferdam/protocol';
import { describe, expect, it, vi } from 'vitest';
import { intent, ok, requestOf, rig, testPool, type Peer, type Rig } from './peer.ts';
import { failure } from './registry-rig.ts';

const PODS = 'browsers';
const POOLS = [testPool(), testPool({ name: PODS, browserSessions: 4, idleMs: 3_600_000 })];
const ASKED = { object: 'browser', method: 'newContext', args: '[]' };

interface World extends AsyncDisposable {
  rig: Rig;
  /** Starts a run in a runner of its own tenant; resolves when the runner has it. */
  start(tenant: string, over?: Parameters<typeof intent>[0]): Promise<Started>;
}

interface Started {
  runner: Peer;
  runId: string;
  ended: ReturnType<Rig['core']['runs']['execute']>;
  finish(fields?: Partial<RunResult>): void;
  ask(payload?: object): { reply: Promise<unknown>; write(bytes: Buffer): Promise<void> };
}

/** A gateway whose runners and pods say what the test wants. */
async function world(pod: Record<string, CallHandler> | undefined): Promise<World> {
  const own = await rig({ pools: POOLS });
  if (pod) {
    const script = { about: { role: 'browser' }, handlers: pod };
    await own.join(script, { pool: PODS });
  }
  return {
    rig: own,
    async start(tenant, over = {}) {
      const begun = Promise.withResolvers<string>();
      const answer = Promise.withResolvers<unknown>();
      const runner = await own.join({
        run: (call) => {
          begun.resolve(requestOf(call.payload).runId);
          return answer.promise;
        },
      });
      // None ends by its time while a test waits.
      const limits = { ...intent().limits, wallTimeMs: 600_000 };
      const ended = own.core.runs.execute(intent({ tenant, browser: true, limits, ...over }));
      const runId = await begun.promise;
      return {
        ...{ runner, runId, ended },
        finish: (fields) => answer.resolve(ok(fields)),
        ask: (payload = {}) =>
          runner.channel.call(
            RUN_BROWSER_METHOD,
            { runId, ...ASKED, ...payload },
            { deadlineMs: 10_000 },
          ),
      };
    },
    [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
  };
}

/** A pod whose sessions last until they are cancelled. */
function goodPod(over: Record<string, CallHandler> = {}) {
  const opened: unknown[] = [];
  const open: CallHandler = (call) => {
    opened.push(call.payload);
    call.emit({ opened: true });
    return new Promise((_resolve, reject) => {
      call.signal.addEventListener('abort', () => reject(call.signal.reason as Error));
    });
  };
  const call = () => ({ value: '{"$h":"context:1","c":"Context"}' });
  const artifacts = () => ({ lines: [], dropped: 0, screenshots: [] });
  const handlers = {
    ...{ 'browser.open': open, 'browser.call': call, 'browser.artifacts': artifacts },
    ...over,
  };
  return { handlers, opened };
}

describe('a runner’s call of a browser', () => {
  it('opens one session with the run’s id, at the first call', async () => {
    const { handlers, opened } = goodPod();
    await using own = await world(handlers);
    const run = await own.start('a');
    expect(opened).toEqual([]);
    const answers = await Promise.all([run.ask().reply, run.ask().reply]);
    expect(answers[0]).toMatchObject({ value: expect.stringContaining('context:1') });
    expect(opened).toEqual([{ sessionId: run.runId, tenant: 'a' }]);
    run.finish();
    expect((await run.ended).result.exitReason).toBe('Completed');
  });

  it.each(['is being stopped', 'is gone'])(
    'where the pod %s opens it in another one',
    async (how) => {
      const asked = Promise.withResolvers<void>();
      const end = Promise.withResolvers<object>();
      const open = () => (asked.resolve(), end.promise);
      const { handlers, opened } = goodPod();
      await using own = await world(goodPod({ 'browser.open': open }).handlers);
      const { registry } = own.rig.core;
      const pods = () => registry.list().filter(({ role }) => role === 'browser');
      const run = await own.start('a');
      const { reply } = run.ask();
      await asked.promise;
      if (how === 'is gone') registry.forget(pods()[0]!.runnerId);
      end.resolve({ reason: 'stopped', message: 'the browser pod is being stopped' });
      await expect.poll(pods).toEqual([]);
      await own.rig.join({ about: { role: 'browser' }, handlers }, { pool: PODS });
      expect(await reply).toMatchObject({ value: expect.any(String) });
      expect(opened).toHaveLength(1);
      run.finish();
      expect((await run.ended).result.exitReason).toBe('Completed');
    },
  );

  it('for a run of another runner’s ends the runner, and the other run goes on', async () => {
    await using own = await world(goodPod().handlers);
    const victim = await own.start('a');
    const thief = await own.start('b');
    expect(await failure(thief.ask({ runId: victim.runId }).reply)).toBeDefined();
    expect((await thief.ended).result.exitReason).not.toBe('Completed');
    await thief.runner.channel.closed;
    expect(await victim.ask().reply).toMatchObject({ value: expect.any(String) });
    victim.finish();
    expect((await victim.ended).result.exitReason).toBe('Completed');
  });

  it.each([
    ['is none', { args: 7 }],
    ['names more than there is', { shell: 'rm' }],
    ['is of no run', { runId: 'x'.repeat(1_000) }],
  ])('that %s ends the runner', async (_what, payload) => {
    await using own = await world(goodPod().handlers);
    const run = await own.start('a');
    run.ask(payload).reply.catch(() => {});
    expect((await run.ended).result.exitReason).not.toBe('Completed');
    await run.runner.channel.closed;
  });

  it('with more bytes than it says ends the runner', async () => {
    const pending: CallHandler = () => new Promise(() => {});
    await using own = await world(goodPod({ 'browser.call': pending }).handlers);
    const run = await own.start('a');
    const call = run.ask({ bytes: 3 });
    call.reply.catch(() => {});
    await call.write(Buffer.from('four')).catch(() => {});
    expect((await run.ended).result.exitReason).not.toBe('Completed');
  });

  it('after the end of its run, or of one that may have no browser, is refused', async () => {
    const { handlers, opened } = goodPod();
    await using own = await world(handlers);
    const run = await own.start('a');
    run.finish();
    await run.ended;
    expect(await failure(run.ask().reply)).toMatchObject({ code: 'RUNTIME_ENDED' });
    const without = await own.start('b', { browser: undefined } as never);
    expect(await failure(without.ask().reply)).toMatchObject({ code: 'RUNTIME_ENDED' });
    without.finish();
    expect((await without.ended).result.exitReason).toBe('Completed');
    expect(opened).toEqual([]);
  });

  it('beyond 256 under way is refused', async () => {
    const pending: CallHandler = () => new Promise(() => {});
    await using own = await world(goodPod({ 'browser.call': pending }).handlers);
    const run = await own.start('a');
    for (let count = 0; count < 256; count++) run.ask().reply.catch(() => {});
    expect(await failure(run.ask().reply)).toMatchObject({ code: 'QUEUE_FULL' });
    run.finish();
    expect((await run.ended).result.exitReason).toBe('Completed');
  });

  it('that no pod comes for within the run’s time is told so', async () => {
    await using own = await world(undefined);
    const limits = { ...intent().limits, wallTimeMs: 1_200 };
    const run = await own.start('a', { limits });
    expect(await run.ask().reply).toMatchObject({ error: { name: 'BrowserUnavailableError' } });
    run.finish();
    await run.ended;
  });
});

describe('a hostile browser pod', () => {
  it.each<[string, Record<string, CallHandler>]>([
    ['answers nonsense', { 'browser.call': () => ({ value: 7 }) }],
    [
      'answers more bytes than there may be',
      {
        'browser.call': async (call) => {
          for (let count = 0; count < 40; count++) await call.write(Buffer.alloc(1024 * 1024));
          return {};
        },
      },
    ],
  ])('that %s is ended, and its guest told', async (_what, over) => {
    await using own = await world(goodPod(over).handlers);
    const run = await own.start('a');
    const call = run.runner.channel.call(
      RUN_BROWSER_METHOD,
      { runId: run.runId, ...ASKED },
      { deadlineMs: LASTING },
    );
    void (async () => {
      for await (const _ of call.data);
    })().catch(() => {});
    expect(await call.reply).toMatchObject({ error: { name: 'BrowserClosedError' } });
    expect(await run.ask().reply).toMatchObject({ error: { name: 'BrowserClosedError' } });
    await vi.waitUntil(() => own.rig.core.registry.list().every(({ role }) => role === 'runner'));
    run.finish();
    expect((await run.ended).result.exitReason).toBe('Completed');
  });

  it.each<[string, CallHandler]>([
    ['says nothing of what a session left', () => new Promise(() => {})],
    ['lies about it', () => ({ lines: 'all', dropped: -1, screenshots: [] })],
  ])('that %s costs a run its artifacts and nothing else', async (_what, artifacts) => {
    await using own = await world(goodPod({ 'browser.artifacts': artifacts }).handlers);
    const run = await own.start('a');
    await run.ask().reply;
    run.finish();
    const { result, runId } = await run.ended;
    expect(result.exitReason).toBe('Completed');
    expect(own.rig.core.records.artifacts(runId)).toEqual([]);
  });

  it.each<[string, CallHandler, object[]]>([
    [
      'is an archive, and says what it lacks',
      archive('PK\u0003\u0004 and so on', { cut: ['pictures'] }),
      [{ contentType: 'application/zip', about: 'not whole, its beginning is missing: pictures' }],
    ],
    ['is none', archive('<script>alert(1)</script>', { cut: [] }), []],
    ['is shorter than it says', archive('PK\u0003\u0004', { cut: [], bytes: 100 }), []],
    ['is longer than there may be', archive('PK\u0003\u0004'.repeat(3 * 1024 * 1024), {}), []],
  ])('keeps a trace that %s', async (_what, artifacts, kept) => {
    const { handlers, opened } = goodPod({ 'browser.artifacts': artifacts });
    await using own = await world(handlers);
    const run = await own.start('a', { mode: 'check' });
    await run.ask().reply;
    expect(opened).toMatchObject([{ trace: true }]);
    run.finish({ exitReason: 'TestFailure' });
    const { runId } = await run.ended;
    const found = own.rig.core.records.artifacts(runId).filter(({ name }) => name === 'trace.zip');
    expect(found).toMatchObject(kept);
  });

  it('keeps of its screenshots what is an image alone', async () => {
    const page: CallHandler = async (call) => {
      const text = Buffer.from('<script>alert(1)</script>');
      await call.write(text);
      call.end();
      return { value: `{"$b":[0,${text.byteLength}]}` };
    };
    await using own = await world(goodPod({ 'browser.call': page }).handlers);
    const run = await own.start('a');
    await run.ask({ object: 'page:1', method: 'screenshot' }).reply;
    run.finish();
    const { runId } = await run.ended;
    expect(own.rig.core.records.artifacts(runId).map(({ name }) => name)).toEqual(['browser.json']);
  });
});

/** A pod's answer when it is asked for a trace. */
function archive(text: string, trace: { cut?: string[]; bytes?: number }): CallHandler {
  return async (call) => {
    const left = { lines: [], dropped: 0, screenshots: [] };
    if (!(call.payload as { trace?: true }).trace) return left;
    await call.write(Buffer.from(text));
    call.end();
    return { ...left, trace: { cut: [], bytes: text.length, ...trace } };
  };
}
