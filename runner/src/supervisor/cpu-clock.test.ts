import ivm from 'isolated-vm';
import { expect, it, onTestFinished } from 'vitest';
import { CpuClock } from './cpu-clock.ts';

/** What is counted of an isolate that has worked, by isolated-vm's word between two looks of which the last may say a little more. */
async function worked(processMs: number) {
  const isolate = new ivm.Isolate();
  onTestFinished(() => isolate.dispose());
  const context = await isolate.createContext();
  let now = 0;
  const clock = new CpuClock(isolate, () => now);
  const before = clock.mark();
  await context.eval('for (const end = Date.now() + 50; Date.now() < end;);');
  now = processMs;
  const given = () => clock.mark().givenMs - before.givenMs;
  const least = given();
  const countedMs = clock.since(before);
  return { least, countedMs, most: given() };
}

it('counts what isolated-vm says where the process has worked as much', async () => {
  const { least, countedMs, most } = await worked(1e6);
  expect(least).toBeGreaterThan(40);
  expect(countedMs).toBeGreaterThanOrEqual(least);
  expect(countedMs).toBeLessThanOrEqual(most);
});

it('counts no more than the process has worked', async () => {
  expect((await worked(20)).countedMs).toBe(20);
});

it('counts a tenth where the system says that nobody has worked', async () => {
  const { least, countedMs, most } = await worked(0);
  expect(countedMs * 10).toBeGreaterThan(least - 1e-6);
  expect(countedMs * 10).toBeLessThan(most + 1e-6);
});
