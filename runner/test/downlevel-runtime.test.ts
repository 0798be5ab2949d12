import { afterAll, beforeAll, expect, it } from 'vitest';
import { embedder, type TestRuntime } from './runtime-embedder.ts';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';

const keeper = new RuntimeKeeper();
beforeAll(() => keeper.warm());
afterAll(() => keeper.close());

async function open(): Promise<TestRuntime> {
  return (await embedder({ keeper })).open();
}

it('a hook tags resources across setTimeout, from a module that awaits nothing', async () => {
  const runtime = await open();
  await runtime.value(`import { createHook, executionAsyncResource } from 'node:async_hooks';
    globalThis.lines = [];
    globalThis.done = new Promise((resolve) => (globalThis.end = resolve));
    const hook = createHook({
      init(asyncId, type, triggerAsyncId, resource) { resource.tag = type + '#' + asyncId; },
      before() { lines.push(executionAsyncResource().tag ?? null); },
    }).enable();
    setTimeout(() => {
      lines.push(executionAsyncResource().tag);
      hook.disable();
      end();
    }, 0);
    export default 0;`);
  const lines = (await runtime.value('await done; export default lines')) as string[];
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^Timeout#\d+$/);
  expect(lines[1]).toBe(lines[0]);
});

it('a store that a module enters is its own, and none of the next evaluation', async () => {
  const runtime = await open();
  const store = `import { AsyncLocalStorage } from 'node:async_hooks';
    globalThis.als ??= new AsyncLocalStorage();`;
  expect(await runtime.value(`${store} als.enterWith(1); export default als.getStore()`)).toBe(1);
  expect(
    await runtime.value(`${store} als.enterWith(2); await 0; export default als.getStore()`),
  ).toBe(2);
  expect(await runtime.value(`export default als.getStore() ?? null`)).toBe(null);
});
