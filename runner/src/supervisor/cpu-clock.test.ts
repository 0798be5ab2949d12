import ivm from 'isolated-vm';
import { expect, it, onTestFinished } from 'vitest';
import { CpuClock } from './cpu-clock.ts';

/** An isolate that has worked for at least so long by isolated-vm's word, and what its process has, by the test's. */
async function worked(processMs: number): Promise<{ givenMs: number; countedMs: number }> {
  const isolate = new ivm.Isolate();
  onTestFinished(() => isolate.dispose());
  const context = await isolate.createContext();
  let now = 0;
  const clock = new CpuClock(isolate, () => now);
  const before = clock.mark();
  await context.eval('for (const end = Date.now() + 50; Date.now() < end;);');
  now = processMs;
  const after = clock.mark();
  return { givenMs: after.givenMs - before.givenMs, countedMs: clock.since(before) };
}

it('counts what isolated-vm says where the process has worked as much', async () => {
  const { givenMs, countedMs } = await worked(1e6);
  expect(givenMs).toBeGreaterThan(40);
  expect(countedMs).toBe(givenMs);
});

it('counts no more than the process has worked', async () => {
  expect((await worked(20)).countedMs).toBe(20);
});

it('counts a tenth where the system says that nobody has worked', async () => {
  const { givenMs, countedMs } = await worked(0);
  expect(countedMs).toBeCloseTo(givenMs / 10);
});
