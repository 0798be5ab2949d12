import { setImmediate as turn, setTimeout as elapsed } from 'node:timers/promises';
import ivm from 'isolated-vm';
import { expect, it, onTestFinished } from 'vitest';
import { StretchWatch } from './stretch-watch.ts';

/** Tens of milliseconds of CPU time. */
const WORKS = 'let n = 0; for (let i = 0; i < 1e7; i++) n += i; return n';

function guest() {
  const isolate = new ivm.Isolate();
  onTestFinished(() => {
    if (!isolate.isDisposed) isolate.dispose();
  });
  const context = isolate.createContextSync();
  const work = (code = WORKS) => context.evalClosure(code).catch(() => {});
  const cpuMs = () => Number(isolate.cpuTime) / 1e6;
  return { isolate, work, cpuMs };
}

function watched(isolate: ivm.Isolate, maxMs: number) {
  const exceeded = Promise.withResolvers<'exceeded'>();
  const onExceeded = () => exceeded.resolve('exceeded');
  const watch = new StretchWatch({ isolate, maxMs, onExceeded, onDisposed: () => {} });
  onTestFinished(() => watch.stop());
  watch.touch();
  return { watch, exceeded: exceeded.promise };
}

function blocked(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

it('finds a guest that does not come to rest', async () => {
  const { isolate, work } = guest();
  const { exceeded } = watched(isolate, 40);
  void work('for (;;);');
  expect(await exceeded).toBe('exceeded');
});

it('takes no guest for it that rested while its own thread could not look', async () => {
  const { isolate, work, cpuMs } = guest();
  await work();
  const pieceMs = cpuMs();
  const { watch, exceeded } = watched(isolate, 2 * pieceMs);
  const first = work();
  // It has been asked by then, and answers as soon as the first piece is done.
  while (watch.recentCpuMs < 1) await elapsed(1);
  const rest = [first, work(), work(), work(), work(), work()];
  // In the phase that is followed by that of timers: the look is the first to be late.
  await turn();
  for (let before = -1; before < cpuMs();) {
    before = cpuMs();
    blocked(300);
  }
  const done = Promise.all(rest).then(() => elapsed(50, 'well'));
  expect(await Promise.race([exceeded, done])).toBe('well');
});
