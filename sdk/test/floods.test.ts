import { describe, expect, it } from 'vitest';
import type { HostCallContext } from '../src/index.ts';
import { floodWithCalls, floodWithRequests } from './flood-cases.ts';
import { expectBounded, floods } from './flood-rig.ts';
import { descendantsOf, until } from './harness.ts';

const { flood, openHost, daemon } = floods();
const limits = { executionTimeout: 10_000, memoryLimitMB: 128 };
const MiB = 2 ** 20;

describe('a guest that floods its host with', () => {
  // eslint-disable-next-line vitest/expect-expect -- the cases expect
  it('50,000 calls without waiting has most of them refused', () =>
    floodWithCalls(flood, { count: 5e4, refusedAtLeast: 30_000, ...limits }));

  // eslint-disable-next-line vitest/expect-expect
  it('2,000 requests has 64 open and the others refused', () =>
    floodWithRequests(flood, { count: 2e3, ...limits }));

  it('calls that are never answered is refused more than 10,000 of them', async () => {
    const seen: AbortSignal[] = [];
    const hang = (...args: unknown[]) => {
      seen.push((args.at(-1) as HostCallContext).signal);
      return new Promise(() => {});
    };
    const { runtime, outcome, grown } = await flood(
      `let refused = 0;
       for (let turn = 0; turn < 20; turn++) {
         for (let i = 0; i < 1_000; i++) { try { hang(i).catch(() => refused++) } catch { refused++ } }
         await new Promise((done) => setTimeout(done));
       }
       export default refused;`,
      { tools: { hang } },
      { executionTimeout: 10_000 },
    );
    expect(outcome).toEqual({ value: 10_000 });
    expectBounded(grown);
    await until(() => seen.length === 10_000);
    await runtime.dispose();
    expect(seen.every(({ aborted }) => aborted)).toBe(true);
    expect(await runtime.diagnostics()).toMatchObject({ pendingTools: 0 });
  });

  it('lines of its console loses those that nobody takes', async () => {
    let bytes = 0;
    const onEntry = ({ stdout }: { stdout: string }) => void (bytes += stdout.length);
    const { outcome, grown } = await flood('for (;;) console.log("x".repeat(10_000))', {
      console: { onEntry },
    });
    expect(outcome).toMatchObject({ error: { code: expect.stringMatching(/TIME_EXCEEDED/) } });
    expect(bytes).toBeGreaterThan(0);
    expectBounded(grown);
  });

  it('steps of a generator without end gets them one by one', async () => {
    let made = 0;
    let ended = false;
    const tools = {
      async *numbers() {
        try {
          for (;;) yield [made++, 'x'.repeat(1_000)];
        } finally {
          ended = true;
        }
      },
    };
    const { outcome, grown } = await flood('for await (const each of numbers());', { tools });
    expect(outcome).toMatchObject({ error: { code: expect.stringMatching(/TIME_EXCEEDED/) } });
    expect(made).toBeGreaterThan(0);
    expectBounded(grown);
    await until(() => ended);
  });

  it('bodies that it never reads holds back who makes them', async () => {
    let made = 0;
    const fetch = () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            made += 65_536;
            controller.enqueue(new Uint8Array(65_536));
          },
        }),
      );
    const { outcome, grown } = await flood(
      `globalThis.kept = await Promise.all(Array.from({ length: 64 }, (_, i) => fetch('http://a.test/' + i)));
       await new Promise((done) => setTimeout(done, 300));
       export default kept.length;`,
      { fetch },
      { executionTimeout: 10_000, memoryLimitMB: 128 },
    );
    expect(outcome).toEqual({ value: 64 });
    // Each may have its credit on the way, twice over.
    expect(made / MiB).toBeLessThan(64 * 2);
    expectBounded(grown);
  });

  it('functions that it makes and never lets go of is refused more than 10,000', async () => {
    const kept: unknown[] = [];
    const keep = (f: unknown) => void kept.push(f);
    const { runtime, outcome, grown } = await flood(
      `let refused = 0;
       for (let turn = 0; turn < 11; turn++) {
         const given = Array.from({ length: 1_000 }, (_, i) => keep(() => i).catch(() => refused++));
         await Promise.all(given);
       }
       export default refused;`,
      { tools: { keep } },
      { executionTimeout: 20_000 },
    );
    if ('value' in outcome) expect(outcome.value).toBeGreaterThanOrEqual(1_000);
    else expect(outcome.error.code).toMatch(/EXCEEDED|ENDED/);
    expect(kept.length).toBeLessThanOrEqual(10_000);
    expectBounded(grown);
    await runtime.dispose();
  });

  it('answers that it never takes, while it loops, gets no more than are kept for it', async () => {
    let calls = 0;
    const big = () => {
      calls++;
      return 'x'.repeat(1_000_000);
    };
    const { outcome, grown } = await flood(
      `for (let i = 0; i < 5_000; i++) big().catch(() => {});
       await null; await new Promise((done) => setTimeout(done, 0));
       for (;;);`,
      { tools: { big } },
    );
    expect(outcome).toMatchObject({ error: { code: expect.stringMatching(/EXCEEDED/) } });
    expect(calls).toBeLessThanOrEqual(5_000);
    expectBounded(grown);
  });

  it('rejections, timers and imports ends with its time, and nobody else does', async () => {
    const { outcome, grown } = await flood(`
      const boom = () => { Promise.reject(new Error('x')); setTimeout(boom); setTimeout(boom); import('x').catch(() => {}); };
      boom(); await new Promise(() => {});`);
    expect(outcome).toMatchObject({ error: { code: expect.any(String) } });
    expectBounded(grown);
  });
});

it('processes of guests that flooded are gone when their connections are', async () => {
  const host = await openHost();
  await host.createRuntime();
  await host.close();
  // Its spare, and that of the compiler that the next connection gets.
  await until(() => descendantsOf(daemon()).length <= 2);
  expect(await host.diagnostics()).toMatchObject({ runtimes: 0, connected: false });
});
