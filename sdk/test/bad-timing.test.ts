import { describe, expect, it } from 'vitest';
import { createModuleResolver, type HostCallContext, type ScriptRuntime } from '../src/index.ts';
import { ownDaemon, runtimesOn, until } from './harness.ts';

const { openHost } = ownDaemon();
const open = runtimesOn(openHost);
const HANG = 'await new Promise(() => {})';
const OVER = { code: 'RUNTIME_ENDED' };

/** A promise that is looked at later does not become a warning meanwhile. */
function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

const busy = (runtime: ScriptRuntime) =>
  until(async () => (await runtime.diagnostics()).activeRequests > 0);

describe('after dispose', () => {
  it('every method answers, and those that need a guest say that it is over', async () => {
    const { host, runtime } = await open();
    await runtime.dispose({ reason: 'enough' });
    for (const code of ['1', '', 'for (;;) {}', 'import "x"']) {
      await expect(runtime.eval(code)).rejects.toMatchObject({
        ...OVER,
        message: 'the runtime is over: enough',
      });
    }
    const aborted = AbortSignal.abort();
    await expect(runtime.eval('1', { signal: aborted })).rejects.toMatchObject({
      name: 'AbortError',
    });
    await expect(runtime.eval(1 as never)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(runtime.dispose({ hard: 2 as never })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    await runtime.dispose({ hard: true, reason: 'again' });
    const told = await runtime.diagnostics();
    expect(told).toMatchObject({ lifecycleState: 'disposed', activeRequests: 0 });
    expect(told).not.toHaveProperty('guestHeapBytes');
    expect(await host.diagnostics()).toMatchObject({ runtimes: 0, connected: true });
  });

  it('many evals at once all reject, those that had begun too', async () => {
    const { runtime } = await open();
    const evals = Array.from({ length: 50 }, () => begun(runtime.eval(HANG)));
    const disposals = [runtime.dispose(), runtime.dispose()];
    evals.push(...Array.from({ length: 50 }, () => begun(runtime.eval('1'))));
    await Promise.all(disposals);
    const results = await Promise.allSettled(evals);
    expect(results.map(({ status }) => status)).not.toContain('fulfilled');
    for (const result of results) expect(result).toMatchObject({ reason: OVER });
    expect(await runtime.diagnostics()).toMatchObject({ activeRequests: 0, activeResources: 0 });
  });

  it('a function of the guest’s that the host kept is void', async () => {
    const kept: ((...args: unknown[]) => Promise<unknown>)[] = [];
    const iterables: AsyncIterableIterator<unknown>[] = [];
    const { runtime } = await open({
      bindings: {
        tools: {
          keep: (f: () => Promise<unknown>) => void kept.push(f),
          keepAll: (all: AsyncIterableIterator<unknown>) => void iterables.push(all),
        },
      },
    });
    await runtime.eval(`
      await keep(() => 1); await keep(() => new Promise(() => {}));
      await keepAll((async function* () { yield 1; await new Promise(() => {}) })());
    `);
    const hanging = begun(kept[1]!());
    expect(await iterables[0]!.next()).toEqual({ done: false, value: 1 });
    const step = begun(iterables[0]!.next());
    await runtime.dispose();
    await expect(hanging).rejects.toMatchObject(OVER);
    await expect(step).rejects.toMatchObject(OVER);
    await expect(kept[0]!()).rejects.toMatchObject(OVER);
    await expect(iterables[0]!.next()).rejects.toMatchObject(OVER);
  });
});

describe('close', () => {
  it('while runtimes are being opened fails their opening, and leaves none', async () => {
    const host = await openHost();
    const opening = Array.from({ length: 12 }, () => begun(host.createRuntime()));
    await new Promise((resolve) => setImmediate(resolve));
    await host.close();
    const results = await Promise.allSettled(opening);
    for (const result of results) {
      if (result.status === 'rejected') {
        expect(result.reason).toMatchObject({ code: 'CONNECTION_LOST' });
      } else await expect(result.value.eval('1')).rejects.toMatchObject(OVER);
    }
    expect(await host.diagnostics()).toEqual({ runtimes: 0, servers: 0, connected: false });
    await expect(host.createRuntime()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('again, and all at once, is the same end', async () => {
    const { host, runtime } = await open();
    const running = begun(runtime.eval('for (;;) {}'));
    await busy(runtime);
    await Promise.all([host.close(), runtime.dispose(), host.close(), runtime.dispose()]);
    await host.close();
    await expect(running).rejects.toMatchObject(OVER);
    await expect(host.createRuntime({ cwd: 5 as never })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
  });

  it('in the middle of every kind of call settles each of them', async () => {
    const signals: AbortSignal[] = [];
    const never = (...args: unknown[]) => {
      signals.push((args.at(-1) as HostCallContext).signal);
      return new Promise<never>(() => {});
    };
    const host = await openHost();
    const make = () =>
      host.createRuntime({
        bindings: {
          fetch: never,
          files: { stat: never, readFile: never },
          modules: createModuleResolver().fallback(never),
          tools: {
            hang: never,
            async *stuck(context: HostCallContext) {
              yield never(context);
            },
          },
        },
      });
    const codes = [
      `await fetch('http://a.test/')`,
      `await (await getDirectory()).getFileHandle('a')`,
      `import 'never'`,
      `await import('never')`,
      `await hang()`,
      `for await (const each of stuck());`,
    ];
    const runtimes = await Promise.all(codes.map(() => make()));
    const evals = codes.map((code, i) => begun(runtimes[i]!.eval(code)));
    await until(() => signals.length === codes.length);
    await host.close();
    for (const work of await Promise.allSettled(evals)) {
      expect(work).toMatchObject({ status: 'rejected', reason: OVER });
    }
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });
});

describe('a signal', () => {
  it('that was aborted before sends nothing to the guest', async () => {
    const { runtime } = await open();
    await runtime.eval('globalThis.evals = 0');
    const signal = AbortSignal.abort();
    const works = Array.from({ length: 20 }, () => runtime.eval('evals++', { signal }));
    for (const work of await Promise.allSettled(works)) {
      expect(work).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
    }
    const { guestEvals } = await runtime.diagnostics();
    expect(guestEvals).toBe(1);
    expect(await runtime.eval('export default evals')).toBe(0);
  });

  const seen: AbortSignal[] = [];
  const begin = (context: HostCallContext) => void seen.push(context.signal);
  const endless = (context: HostCallContext) =>
    ReadableStream.from(
      (async function* () {
        begin(context);
        for (let i = 0; !context.signal.aborted; i++) {
          yield new Uint8Array(1_000);
          await new Promise((resolve) => setImmediate(resolve));
        }
      })(),
    ) as ReadableStream;
  const bindings = {
    fetch: (_request: Request, context: HostCallContext) => new Response(endless(context)),
    modules: createModuleResolver().sourceTree('/slow/', (path, context) => {
      begin(context);
      return path.startsWith('a.') ? 'import "/slow/b.js"' : new Promise<never>(() => {});
    }),
    tools: {
      async *ticks(context: HostCallContext) {
        begin(context);
        for (let i = 0; ; i++) {
          yield i;
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
    },
  };
  it.each([
    ['the body of a fetch', `for await (const chunk of (await fetch('http://a.test/')).body);`],
    ['the iteration of a tool', 'for await (const tick of ticks());'],
    ['the load of a module', 'import "/slow/a.js"'],
    ['the load of a module that is imported at run time', 'await import("/slow/a.js")'],
  ])('that aborts in the middle of %s ends it at the host too', async (_what, code) => {
    seen.length = 0;
    const { host, runtime } = await open({ bindings });
    const abort = new AbortController();
    const work = begun(runtime.eval(code, { signal: abort.signal }));
    await until(() => seen.length > 0);
    abort.abort(new Error('enough'));
    await expect(work).rejects.toMatchObject({ name: 'AbortError', cause: { message: 'enough' } });
    await until(() => seen.every(({ aborted }) => aborted));
    expect(await host.diagnostics()).toMatchObject({ runtimes: 0 });
    expect(await runtime.diagnostics()).toMatchObject({
      activeRequests: 0,
      activeResources: 0,
      streamCount: 0,
    });
  });

  it('may end many evals of many runtimes, and none that it was not given to', async () => {
    const host = await openHost();
    const abort = new AbortController();
    const { signal } = abort;
    const runtimes = await Promise.all(Array.from({ length: 4 }, () => host.createRuntime()));
    const [spared, ...others] = runtimes;
    const works = others.map((each) => begun(each.eval(HANG, { signal })));
    const own = spared!.eval(
      'await new Promise((done) => setTimeout(done, 100)); export default 1',
    );
    abort.abort();
    for (const work of await Promise.allSettled(works)) {
      expect(work).toMatchObject({ reason: { name: 'AbortError' } });
    }
    expect(await own).toBe(1);
  });
});
