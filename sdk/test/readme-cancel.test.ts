import { expect, it } from 'vitest';
import { createIsolateHost } from '../src/index.ts';
import { ownDaemon } from './harness.ts';

const { socketPath } = ownDaemon();

it('work that runs for ever is cancelled, and its runtime is of no use afterwards', async () => {
  const host = await createIsolateHost({ daemon: { socketPath } });
  const runtime = await host.createRuntime({});
  const controller = new AbortController();
  const seen: string[] = [];

  const work = runtime.eval(`for (;;) {}`, { signal: controller.signal });
  controller.abort();
  await work.catch((error: Error) => {
    if (error.name !== 'AbortError') throw error;
    seen.push(error.name);
  });
  await runtime.eval(`1 + 1`).catch((error: Error) => {
    seen.push(error.message);
  });

  expect(seen).toEqual(['AbortError', 'the runtime is over: an eval was aborted']);
  await host.close();
});

it('a signal that was aborted before leaves the runtime as it is', async () => {
  const host = await createIsolateHost({ daemon: { socketPath } });
  const runtime = await host.createRuntime();
  const late = runtime.eval(`globalThis.began = true`, { signal: AbortSignal.abort() });
  await expect(late).rejects.toMatchObject({ name: 'AbortError' });
  expect(await runtime.eval(`export default 'began' in globalThis`)).toBe(false);
  await runtime.dispose();
  await host.close();
});
