import { readdirSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { ConsoleEntry } from '../src/index.ts';
import { descendantsOf, until } from './harness.ts';
import { ownSessions } from './session-harness.ts';

vi.setConfig({ testTimeout: 60_000 });
const { openHost, daemonPids, newKey } = ownSessions();

const guests = () => descendantsOf(daemonPids()[0]!).length;
const descriptors = () => readdirSync(`/proc/${daemonPids()[0]}/fd`).length;

/** What a guest may do to its realm and to the names of its tools before the next handle comes. */
const REDEFINED = `
  const define = (object, name, field) =>
    Object.defineProperty(object, name, Object.assign(Object.create(null), field));
  globalThis.tell = () => 'guest';
  define(globalThis, 'fixed', { value: () => 'guest', configurable: false });
  define(globalThis, 'mine', { get: () => 'getter', configurable: true });
  define(globalThis, 'later', { value: 'for good' });
  const trap = () => { throw new Error('trap') };
  for (const name of ['has', 'get', 'set', 'delete', 'forEach', 'clear', 'add']) {
    Map.prototype[name] = trap;
    Set.prototype[name] = trap;
  }
  for (const name of [0, 1, 'value', 'get', 'post', 'tools', 'writable'])
    define(Object.prototype, name, { set: trap, get: () => undefined, configurable: true });
  Array.prototype[Symbol.iterator] = trap;
  JSON.parse = trap;
  AbortController.prototype.abort = trap;
  Promise.prototype.then = new Proxy(Promise.prototype.then, {});`;

describe('a hostile guest', () => {
  it('that floods its host while nobody has it does not reach whoever comes next', async () => {
    const host = await openHost();
    const key = newKey();
    const lines: string[] = [];
    const calls: unknown[] = [];
    const bindings = {
      console: { onEntry: ({ stdout }: ConsoleEntry) => void lines.push(stdout) },
      tools: { call: (...args: unknown[]) => void calls.push(args[0]) },
    };
    const first = await host.getNamespacedRuntime(key, { bindings });
    await first.eval(
      `globalThis.stop = false; globalThis.round = 'old'; const old = call;
      const flood = () => {
        for (let i = 0; i < 500; i++) {
          console.log(round, 'x'.repeat(1000)); old('old'); call(round);
          fetch('http://a.test/').catch(() => {});
        }
        if (!stop) setTimeout(flood);
      };
      flood()`,
    );
    await first.dispose();
    lines.length = 0;
    calls.length = 0;
    for (let i = 0; i < 5; i++) {
      // eslint-disable-next-line no-await-in-loop -- it goes on meanwhile
      const again = await host.getNamespacedRuntime(key);
      // eslint-disable-next-line no-await-in-loop
      await again.dispose();
    }
    expect([lines.length, calls.length]).toEqual([0, 0]);
    const last = await host.getNamespacedRuntime(key, { bindings });
    await last.eval(`round = 'new'; stop = true;`);
    expect(calls).not.toContain('old');
    expect(await last.eval('export default round')).toBe('new');
  });

  it('that redefines things between handles changes what it calls, and nothing else', async () => {
    const host = await openHost();
    const key = newKey();
    const told: unknown[] = [];
    const tools = {
      tell: (what: unknown) => void told.push(what),
      fixed: () => 'tool',
      mine: () => 1,
    };
    const first = await host.getNamespacedRuntime(key, { bindings: { tools } });
    await first.eval(REDEFINED);
    await first.dispose();
    const second = await host.getNamespacedRuntime(key, {
      bindings: { tools: { ...tools, later: () => 'tool' } },
    });
    const code = `await tell('host'); export default [typeof tell, fixed(), later, await mine()]`;
    expect(await second.eval(code)).toEqual(['function', 'guest', 'for good', 1]);
    expect(told).toEqual(['host']);
    await second.dispose();
    const third = await host.getNamespacedRuntime(key);
    expect(await third.eval(`export default [typeof tell, typeof mine, typeof fixed]`)).toEqual([
      'undefined',
      'undefined',
      'function',
    ]);
  });

  it('leaves nothing behind: processes, descriptors and runtimes are what they were', async () => {
    const host = await openHost();
    await (await host.createRuntime()).dispose();
    const keys = Array.from({ length: 20 }, newKey);
    const round = async () => {
      const sessions = await Promise.all(keys.map((key) => host.getNamespacedRuntime(key)));
      await Promise.all(
        sessions.map((each) => each.eval('globalThis.all = new Array(1e4).fill(1)')),
      );
      await Promise.all(sessions.map((each, i) => each.dispose({ hard: i % 2 === 0 })));
      await Promise.all(keys.map((key) => host.disposeNamespace(key)));
    };
    await round();
    // A compiler and a process of the host's, one of the sessions', and one that is spare.
    await until(() => guests() <= 4);
    const before = { guests: guests(), descriptors: descriptors() };
    await round();
    await until(() => guests() <= before.guests && descriptors() <= before.descriptors);
    expect((await host.diagnostics()).runtimes).toBe(0);
  });
});
