import { describe, expect, it, vi } from 'vitest';
import { createModuleResolver, type ConsoleEntry, type HostCallContext } from '../src/index.ts';
import { until } from './harness.ts';
import { ownSessions } from './session-harness.ts';

vi.setConfig({ testTimeout: 60_000 });
const { openHost, newKey } = ownSessions();
const IN_USE = { code: 'SESSION_IN_USE' };
const ENDED = { code: 'RUNTIME_ENDED' };

describe('a session', () => {
  it('keeps globals, modules and timers from handle to handle', async () => {
    const host = await openHost();
    const key = newKey();
    const modules = createModuleResolver().virtual(
      '/app/state.js',
      'export const seen = []; export const see = (what) => seen.push(what);',
    );
    const first = await host.getNamespacedRuntime(key, { bindings: { modules } });
    expect([first.created, first.key]).toEqual([true, key]);
    await first.eval(`import { see } from '/app/state.js'; see('first'); globalThis.ticks = 0;
      globalThis.ticking = setInterval(() => ticks++, 1);`);
    await first.dispose();
    await expect(first.eval('1')).rejects.toMatchObject(ENDED);
    const second = await host.getNamespacedRuntime(key, { bindings: { modules } });
    expect(second.created).toBe(false);
    const code = `import { seen, see } from '/app/state.js'; see('second');
      const before = ticks; await new Promise((done) => setTimeout(done, 20));
      clearInterval(ticking); export default [seen, ticks > before]`;
    expect(await second.eval(code)).toEqual([['first', 'second'], true]);
    await second.dispose();
    expect((await host.diagnostics()).runtimes).toBe(0);
  });

  it('has the bindings of its handle, and nothing of the last one', async () => {
    const host = await openHost();
    const key = newKey();
    const entries: ConsoleEntry[] = [];
    const first = await host.getNamespacedRuntime(key, {
      bindings: {
        tools: {
          greet: () => 'first',
          only: () => 1,
          lend: () => ({
            call: () => 'lent',
            each: (async function* () {
              yield 1;
              yield 2;
            })(),
          }),
          take: (callback: (value: number) => Promise<unknown>) => void (taken = callback),
        },
        fetch: () => new Response('fetched'),
      },
    });
    let taken: ((value: number) => Promise<unknown>) | undefined;
    await first.eval(`globalThis.kept = greet; globalThis.lent = await lent0();
      async function lent0() { const { call, each } = await lend(); await each.next(); return { call, each }; }
      await take((n) => n + 1);
      export default await (await fetch('http://a.test/')).text()`);
    expect(await taken!(1)).toBe(2);
    await first.dispose();
    await expect(taken!(1)).rejects.toThrow(/session|reference|runtime/i);
    const second = await host.getNamespacedRuntime(key, {
      bindings: {
        tools: { greet: () => 'second', more: () => 2 },
        console: { onEntry: (entry) => void entries.push(entry) },
      },
    });
    const code = `const codeOf = (work) => work().then(() => 'fine', (error) => error.code ?? error.name);
      console.log('heard');
      export default [await greet(), await more(), typeof only, typeof lend,
        await codeOf(kept), await codeOf(lent.call), await codeOf(() => more(lent.call)), await codeOf(() => lent.each.next().then(({ done }) => { if (done) throw { code: 'over' } })),
        await codeOf(() => fetch('http://a.test/'))]`;
    expect(await second.eval(code)).toEqual([
      ...['second', 2, 'undefined', 'undefined'],
      ...['REFERENCE_GONE', 'REFERENCE_GONE', 'NOT_PLAIN', 'over', 'TypeError'],
    ]);
    expect(entries.map(({ stdout }) => stdout)).toEqual(['heard']);
  });

  it('rejects what the guest was waiting for, and aborts it at the host', async () => {
    const host = await openHost();
    const key = newKey();
    const signals: AbortSignal[] = [];
    const never = (...args: unknown[]) => {
      signals.push((args.at(-1) as HostCallContext).signal);
      return new Promise<never>(() => {});
    };
    const first = await host.getNamespacedRuntime(key, {
      bindings: {
        tools: { hang: never },
        fetch: (_, context) => never(context),
        files: { stat: never },
        modules: createModuleResolver().fallback(never),
      },
    });
    await first.eval(`globalThis.ends = [];
      const note = (work) => work.catch((error) => ends.push(error.code ?? error.name));
      note(hang()); note(fetch('http://a.test/')); note(import('never'));
      note(getDirectory().then((folder) => folder.getFileHandle('a')));`);
    await until(() => signals.length === 4);
    await first.dispose();
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    const second = await host.getNamespacedRuntime(key);
    await second.eval('while (ends.length < 4) await new Promise((done) => setTimeout(done, 1))');
    const ends = (await second.eval('export default ends')) as string[];
    expect(ends).toContain('SESSION_DETACHED');
    expect(ends).toHaveLength(4);
  });

  it('refuses what its guest asks while nobody has it, and drops what it writes', async () => {
    const host = await openHost();
    const key = newKey();
    const entries: ConsoleEntry[] = [];
    const bindings = {
      console: { onEntry: (entry: ConsoleEntry) => void entries.push(entry) },
      fetch: () => new Response(),
      tools: { call: () => 1 },
    };
    const first = await host.getNamespacedRuntime(key, { bindings });
    await first.eval(`globalThis.ends = []; let rounds = 0;
      const codeOf = (work) => work.then(() => 'fine', (error) => error.code ?? error.message);
      setTimeout(async () => {
        while (ends.length < 3 && rounds++ < 1_000) {
          const codes = [await codeOf(call()), await codeOf(fetch('http://a.test/')),
            await codeOf(import('/some.js'))];
          if (codes[0] !== 'fine') ends = codes;
          console.log('line');
          await new Promise((done) => setTimeout(done, 1));
        }
      })`);
    await first.dispose();
    const heard = entries.length;
    const other = await host.createRuntime();
    await other.eval('await new Promise((done) => setTimeout(done, 50))');
    expect(entries.length - heard).toBe(0);
    const second = await host.getNamespacedRuntime(key, { bindings });
    await second.eval('while (ends.length < 3) await new Promise((done) => setTimeout(done, 1))');
    const ends = await second.eval('export default ends');
    expect(ends).toEqual([
      'SESSION_DETACHED',
      expect.stringContaining('nobody has the session'),
      expect.stringContaining('gave no modules'),
    ]);
  });

  it('has one live handle, whichever host asks', async () => {
    const [one, other] = [await openHost(), await openHost()];
    const key = newKey();
    const held = await one.getNamespacedRuntime(key);
    await expect(one.getNamespacedRuntime(key)).rejects.toMatchObject(IN_USE);
    await expect(other.getNamespacedRuntime(key)).rejects.toMatchObject(IN_USE);
    await held.dispose();
    const races = await Promise.allSettled(
      [one, other, one, other].map((host) => host.getNamespacedRuntime(key)),
    );
    expect(races.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const race of races)
      if (race.status === 'rejected') expect(race.reason).toMatchObject(IN_USE);
  });

  it('runs tests, which forget those of the last run and see what stayed', async () => {
    const host = await openHost();
    const key = newKey();
    const first = await host.getNamespacedRuntime(key);
    const results = await first.runTests(
      `globalThis.n = 1; test('one', () => expect(n).toBe(1)); test('bad', () => expect(n).toBe(2))`,
    );
    expect(results).toMatchObject({ success: false, passed: 1, failed: 1, total: 2 });
    await first.dispose();
    const second = await host.getNamespacedRuntime(key);
    const events: string[] = [];
    const stop = second.test.onEvent(({ type }) => void events.push(type));
    const again = await second.runTests(`test('still', () => expect(n).toBe(1))`, {
      filename: '/again.ts',
      timeoutMs: 10_000,
    });
    expect(again).toMatchObject({ success: true, passed: 1, total: 1 });
    expect(events).toEqual(['runStart', 'testStart', 'testEnd', 'runEnd']);
    stop();
    await expect(
      second.runTests(`test('long', () => new Promise(() => {}), 60_000)`, { timeoutMs: 200 }),
    ).rejects.toMatchObject({ code: 'WALL_TIME_EXCEEDED' });
    expect((await host.getNamespacedRuntime(key)).created).toBe(true);
  });

  it('takes its options per handle, and refuses what is none', async () => {
    const host = await openHost();
    const refused = [
      () => host.getNamespacedRuntime(''),
      () => host.getNamespacedRuntime('x'.repeat(513)),
      () => host.getNamespacedRuntime(7 as never),
      () => host.getNamespacedRuntime('a', { idleTimeoutMs: 999 }),
      () => host.getNamespacedRuntime('a', { idleTimeoutMs: 86_400_001 }),
      () => host.getNamespacedRuntime('a', { key: 'b' } as never),
      () => host.disposeNamespace('' as never),
      () => host.disposeNamespace('a', { hard: true } as never),
    ];
    for (const each of refused) {
      // eslint-disable-next-line no-await-in-loop
      await expect(each()).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
    const key = newKey();
    await (await host.getNamespacedRuntime(key, { executionTimeout: 60_000 })).dispose();
    const brief = await host.getNamespacedRuntime(key, { executionTimeout: 100 });
    await expect(brief.eval('await new Promise(() => {})')).rejects.toMatchObject({
      code: 'WALL_TIME_EXCEEDED',
    });
  });
});
