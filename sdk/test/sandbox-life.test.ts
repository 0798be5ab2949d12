import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { descendantsOf, until } from './harness.ts';
import { errorOf, exportsOf, ownSandboxes } from './sandbox-harness.ts';

const { open, daemonPids } = ownSandboxes();
const HANG = 'await new Promise(() => {})';

/** A promise of the host's that a guest waits for. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  let entered = 0;
  return { wait: () => (entered++, promise), open: resolve, entered: () => entered };
}

describe('slots', () => {
  it('let so many runs go on at once', async () => {
    const sandbox = await open({ maxIsolates: 2 });
    let running = 0;
    let most = 0;
    const prefix = await sandbox.precompile({
      globals: {
        enter: async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
        },
      },
    });
    const runs = Array.from({ length: 6 }, () => prefix.run({ code: 'await enter()' }));
    expect((await Promise.all(runs)).every(({ ok }) => ok)).toBe(true);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('are given in the order in which runs came', async () => {
    const sandbox = await open({ maxIsolates: 1 });
    const order: number[] = [];
    const prefix = await sandbox.precompile({
      globals: { enter: (i: number) => void order.push(i) },
    });
    const runs = [0, 1, 2, 3].map((i) => prefix.run({ code: `await enter(${i})` }));
    expect((await Promise.all(runs)).every(({ ok }) => ok)).toBe(true);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('are waited for no longer when the signal aborts, and such a run does not begin', async () => {
    const sandbox = await open({ maxIsolates: 1 });
    const door = gate();
    let began = false;
    const prefix = await sandbox.precompile({
      globals: { wait: door.wait, begin: () => void (began = true) },
    });
    const first = prefix.run({
      code: 'await wait(); export default "first"',
      limits: { wallTimeMs: 60_000 },
    });
    await until(() => door.entered() === 1);
    const abort = new AbortController();
    const second = prefix.run({ code: 'await begin()', signal: abort.signal });
    abort.abort(new Error('no more'));
    await expect(second).rejects.toMatchObject({
      name: 'AbortError',
      cause: { message: 'no more' },
    });
    door.open();
    expect(exportsOf(await first).default).toBe('first');
    expect(exportsOf(await prefix.run({ code: 'export default 3' })).default).toBe(3);
    expect(began).toBe(false);
  });
});

describe('a signal', () => {
  it.each([
    ['a loop', 'await touch(); for (;;);'],
    ['a wait', `await touch(); ${HANG}`],
  ])('that aborts ends %s', async (_name, code) => {
    const sandbox = await open();
    const abort = new AbortController();
    const prefix = await sandbox.precompile({ globals: { touch: () => abort.abort() } });
    const limits = { cpuTimeMs: 60_000, wallTimeMs: 60_000 };
    await expect(prefix.run({ code, limits, signal: abort.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(exportsOf(await prefix.run({ code: 'export default 1' })).default).toBe(1);
    await expect(prefix.run({ code, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('a call of the host', () => {
  it('that is under way when its run ends is aborted', async () => {
    const sandbox = await open();
    const aborted = Promise.withResolvers<unknown>();
    const prefix = await sandbox.precompile({
      globals: {
        slow: (context: { signal: AbortSignal }) =>
          new Promise(() => {
            context.signal.addEventListener('abort', () => aborted.resolve(context.signal.reason));
          }),
      },
    });
    expect(exportsOf(await prefix.run({ code: 'void slow(); export default 1' })).default).toBe(1);
    expect(await aborted.promise).toMatchObject({ code: 'RUNTIME_ENDED' });
  });
});

describe('dispose', () => {
  it('of a prefix ends its runs and no other', async () => {
    const sandbox = await open();
    const door = gate();
    const prefix = await sandbox.precompile({ globals: { wait: door.wait } });
    const other = await sandbox.precompile({ code: 'globalThis.here = 1' });
    const running = prefix.run({ code: 'await wait()', limits: { wallTimeMs: 60_000 } });
    running.catch(() => {});
    await until(() => door.entered() === 1);
    await Promise.all([prefix.dispose(), prefix.dispose()]);
    const over = {
      code: 'RUNTIME_ENDED',
      message: expect.stringContaining('prefix was disposed') as string,
    };
    await expect(running).rejects.toMatchObject(over);
    await expect(prefix.run({ code: '1' })).rejects.toMatchObject(over);
    expect(exportsOf(await other.run({ code: 'export default here' })).default).toBe(1);
  });

  it('of a sandbox ends everything, and leaves no process of it', async () => {
    const sandbox = await open({ maxIsolates: 1 });
    const prefix = await sandbox.precompile();
    const limits = { cpuTimeMs: 60_000, wallTimeMs: 60_000 };
    const runs = ['for (;;);', HANG, '1'].map((code) =>
      prefix.run({ code, limits }).catch((e: unknown) => e),
    );
    const [daemon] = daemonPids();
    const during = descendantsOf(daemon!);
    await sandbox.dispose();
    await sandbox.dispose();
    for (const ended of await Promise.all(runs))
      expect(ended).toMatchObject({ code: 'RUNTIME_ENDED' });
    await expect(sandbox.precompile()).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    // At most the one process that waits for the next embedder is left.
    await until(() => descendantsOf(daemon!).length <= 1);
    expect(during.length).toBeGreaterThan(1);
  });
});

describe('a sandbox that is over', () => {
  const held = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

  it('holds nothing here or in its daemon, whatever was done with it', async () => {
    const round = async () => {
      const sandbox = await open();
      const prefix = await sandbox.precompile({
        globals: { fetch: () => new Response('x'), fail: () => Promise.reject(new Error('no')) },
      });
      const codes = [
        'await fetch("http://a.test/")',
        'await fail()',
        'for (;;);',
        'void fetch("http://a.test/")',
        '1',
      ];
      await Promise.all(codes.map((code) => prefix.run({ code, limits: { cpuTimeMs: 100 } })));
      await sandbox.precompile({ code: 'throw 1' }).catch(() => {});
      await sandbox.dispose();
      const [daemon] = daemonPids();
      // The spare, which has descriptors of the daemon's: it comes a moment later.
      await until(() => descendantsOf(daemon!).length === 1);
      return {
        here: held(process.pid),
        there: held(daemon!),
        handles: process.getActiveResourcesInfo().length,
      };
    };
    await round();
    const before = await round();
    const after = await round();
    expect(after).toEqual(before);
  });
});

describe('a process that ends', () => {
  it('is a result for the run in it, and the next run has another', async () => {
    const sandbox = await open();
    const door = gate();
    const prefix = await sandbox.precompile({
      code: 'globalThis.x = 2',
      globals: { wait: door.wait },
    });
    const running = prefix.run({ code: 'await wait()', limits: { wallTimeMs: 60_000 } });
    await until(() => door.entered() === 1);
    for (const pid of descendantsOf(daemonPids()[0]!)) process.kill(pid, 'SIGKILL');
    expect(errorOf(await running).code).toMatch(/^(ENGINE_CRASH|NEIGHBOUR)$/);
    expect(exportsOf(await prefix.run({ code: 'export default x' })).default).toBe(2);
  });

  it('and is the daemon itself rejects', async () => {
    const sandbox = await open();
    const door = gate();
    const prefix = await sandbox.precompile({ globals: { wait: door.wait } });
    const running = prefix.run({ code: 'await wait()', limits: { wallTimeMs: 60_000 } });
    running.catch(() => {});
    await until(() => door.entered() === 1);
    for (const pid of daemonPids()) process.kill(pid, 'SIGKILL');
    await expect(running).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    await expect(prefix.run({ code: '1' })).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });
});
