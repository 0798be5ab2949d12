import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';
import { embedder } from './runtime-embedder.ts';

const keeper = new RuntimeKeeper();
beforeAll(() => keeper.warm());
afterAll(() => keeper.close());

describe("a runtime's async context", () => {
  it('is followed through modules, timers and imports as soon as one of them names it', async () => {
    const files = {
      '/app/store.ts': `import { AsyncLocalStorage } from 'node:async_hooks';
        export const store = new AsyncLocalStorage<string>();`,
      '/app/wait.js':
        'export const wait = async (ms) => { await null; await new Promise((next) => setTimeout(next, ms)) }',
      '/app/late.js':
        'import { store } from "./store.ts"; export const late = async () => { await 1; return store.getStore() }',
    };
    const host = await embedder({ keeper, files });
    const runtime = await host.open();
    const code = `import { store } from './store.ts'; import { wait } from './wait.js';
      const one = (name) => store.run(name, async () => {
        await wait(5);
        const { late } = await import('./late.js');
        return [store.getStore(), await late()];
      });
      export default await Promise.all([one('a'), one('b')]);`;
    expect(await runtime.value(code)).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ]);
    expect(
      await runtime.value(`import hooks, { AsyncResource } from 'async_hooks';
      export default [typeof AsyncContext.Variable, hooks.AsyncResource === AsyncResource]`),
    ).toEqual(['function', true]);
    const { error } = await runtime.eval(
      '\n\nconst f = async () => { await 1; throw new Error("here") };\nawait f();',
    );
    expect(error?.stack).toContain('[eval]:3:');
  });

  it('is not there before', async () => {
    const runtime = await (await embedder({ keeper })).open();
    expect(await runtime.value('export default typeof globalThis["Async" + "Context"]')).toBe(
      'undefined',
    );
  });

  it('is refused where promises are frozen', async () => {
    const runtime = await (await embedder({ keeper })).open({ preset: 'compute' });
    const outcome = await runtime.eval("import 'node:async_hooks'");
    expect(outcome).toMatchObject({ exitReason: 'Exception', ended: false });
    expect(await runtime.value('export default 1')).toBe(1);
  });
});
