import { createHook } from 'node:async_hooks';
import { expect, it } from 'vitest';
import { valueOf } from '../../../../test/isolate-harness.ts';

/** How many streams of zlib's were made meanwhile. */
async function zlibStreams(work: () => Promise<unknown>) {
  let made = 0;
  const init = (_id: number, type: string) => {
    if (type === 'ZLIB') made++;
  };
  const hook = createHook({ init }).enable();
  try {
    const value = await work();
    return { value, made };
  } finally {
    hook.disable();
  }
}

it('keeps no more than its share for thousands of streams that nobody ends', async () => {
  const code = `let refused = 0; const starts = []; for (let i = 0; i < 3000; i++) {
      const c = new CompressionStream('gzip'); c.readable.getReader().read().catch(() => {});
      starts.push(c.writable.getWriter().write(new Uint8Array(1)).catch((e) => { if (e.name === 'QuotaExceededError') refused++ })) }
    await Promise.all(starts); return refused`;
  const { made, value } = await zlibStreams(() => valueOf(code, { limits: { bridgeCalls: 5000 } }));
  expect([made, value]).toEqual([16, 2984]);
});

it('takes nothing of the host for streams that nobody writes to', async () => {
  const code = `for (let i = 0; i < 3000; i++) new CompressionStream('deflate'); return 1`;
  const { made } = await zlibStreams(() => valueOf(code));
  expect(made).toBe(0);
});
