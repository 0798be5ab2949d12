import { describe, expect, it } from 'vitest';
import { errorOf, exportsOf, ownSandboxes } from './sandbox-harness.ts';

const { open } = ownSandboxes();

describe('a limit of a run', () => {
  it('on CPU time does not count waiting, and ends a loop, in the run or in what the prefix left', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile({ code: 'globalThis.spin = () => { for (;;); }' });
    const waits = {
      code: 'await new Promise((r) => setTimeout(r, 300)); export default 1',
      limits: { cpuTimeMs: 100 },
    };
    expect(exportsOf(await prefix.run(waits)).default).toBe(1);
    const limits = { cpuTimeMs: 50 };
    for (const code of [
      'for (;;);',
      'spin()',
      'for (;;) await null',
      'for (;;) JSON.parse("[]")',
    ]) {
      // eslint-disable-next-line no-await-in-loop
      const error = errorOf(await prefix.run({ code, limits }));
      expect(error).toMatchObject({ code: 'CPU_TIME_EXCEEDED', name: 'LimitError' });
    }
    const hashes = 'for (;;) await crypto.subtle.digest("SHA-512", new Uint8Array(4e6))';
    expect(errorOf(await prefix.run({ code: hashes, limits })).code).toBe('CPU_TIME_EXCEEDED');
  });

  it('on wall time counts waiting, and keeps what was written', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile();
    const code = 'console.log("begun"); await new Promise(() => {})';
    const result = await prefix.run({ code, limits: { wallTimeMs: 1_500 } });
    expect(errorOf(result).code).toBe('WALL_TIME_EXCEEDED');
    expect(result.stdout).toEqual(['begun']);
    expect(result.durationMs).toBeGreaterThanOrEqual(1_400);
  });

  it.each([
    ['the heap', 'const all = []; for (;;) all.push(new Array(1e4).fill(0.5))'],
    ['array buffers', 'const all = []; for (;;) all.push(new Uint8Array(1e6).fill(1))'],
    [
      'one large string',
      'let s = "x"; const all = []; for (;;) { all.push(s + Math.random()); s += s.slice(0, 1e6); }',
    ],
  ])('on memory counts %s, and ends no neighbour', async (_name, code) => {
    const sandbox = await open();
    const prefix = await sandbox.precompile({ memoryMb: 48 });
    const neighbour = prefix.run({
      code: 'for (let i = 0; i < 20; i++) await new Promise((r) => setTimeout(r, 20)); export default "there"',
    });
    const limits = { cpuTimeMs: 20_000, wallTimeMs: 20_000 };
    expect(errorOf(await prefix.run({ code, limits })).code).toBe('MEMORY_EXCEEDED');
    expect(exportsOf(await neighbour).default).toBe('there');
  });

  it('on memory may be less than the prefix was given, and not more', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile({ memoryMb: 64 });
    const code =
      'globalThis.a = []; for (let i = 0; i < 30; i++) { a.push(new Uint8Array(1e6).fill(1)); await new Promise((r) => setTimeout(r, 1)); } export default a.length';
    const limits = { cpuTimeMs: 10_000, wallTimeMs: 20_000 };
    const less = errorOf(await prefix.run({ code, limits: { ...limits, memoryMb: 16 } }));
    expect(less).toMatchObject({
      code: 'MEMORY_EXCEEDED',
      message: expect.stringContaining('16 MiB') as string,
    });
    // The spare that was made for the next one has that limit itself.
    const again = 'const a = []; for (;;) a.push(new Array(1e4).fill(0.5))';
    expect(
      errorOf(await prefix.run({ code: again, limits: { ...limits, memoryMb: 16 } })).message,
    ).toContain('16 MiB');
    expect(exportsOf(await prefix.run({ code, limits })).default).toBe(30);
    await expect(prefix.run({ code, limits: { memoryMb: 65 } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('limits.memoryMb') as string,
    });
  });

  it('on calls counts functions, steps of iterators and requests; 0 is without limit', async () => {
    const sandbox = await open();
    let calls = 0;
    const prefix = await sandbox.precompile({
      globals: {
        touch: () => ++calls,
        forever: function* () {
          for (;;) yield ++calls;
        },
        fetch: () => new Response(String(++calls)),
      },
    });
    const limited = (code: string, maxBridgeCalls: number) => {
      calls = 0;
      return prefix.run({ code, limits: { maxBridgeCalls } });
    };
    const touches = 'for (let i = 0; i < 5; i++) await touch(); export default "done"';
    expect(exportsOf(await limited(touches, 5)).default).toBe('done');
    expect(errorOf(await limited(touches, 4)).code).toBe('BRIDGE_CALLS_EXCEEDED');
    expect(calls).toBe(4);
    const all =
      'await Promise.all(Array.from({ length: 1_500 }, () => touch())); export default "done"';
    expect(errorOf(await prefix.run({ code: all })).code).toBe('BRIDGE_CALLS_EXCEEDED');
    expect(exportsOf(await limited(all, 0)).default).toBe('done');
    expect(errorOf(await limited('for await (const n of forever());', 10)).code).toBe(
      'BRIDGE_CALLS_EXCEEDED',
    );
    const fetches = 'for (let i = 0; i < 3; i++) try { await fetch("http://a.test/") } catch {}';
    expect(errorOf(await limited(fetches, 2)).code).toBe('BRIDGE_CALLS_EXCEEDED');
    expect(calls).toBe(2);
  });

  it('on what a call carries counts arguments, answers and bodies', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile({
      globals: {
        take: (text: string) => text.length,
        give: (length: number) => 'x'.repeat(length),
        fetch: async (request: Request) =>
          new Response((await request.text()) || 'x'.repeat(20_000)),
      },
    });
    const limits = { maxBridgePayloadBytes: 10_000 };
    const fits =
      'export default [await take("x".repeat(9_000)), (await give(9_000)).length, (await (await fetch("http://a.test/", { method: "POST", body: "y".repeat(9_000) })).text()).length]';
    expect(exportsOf(await prefix.run({ code: fits, limits })).default).toEqual([
      9_000, 9_000, 9_000,
    ]);
    for (const code of [
      'await take("x".repeat(11_000))',
      'try { await give(11_000) } catch {} await new Promise(() => {})',
      'await (await fetch("http://a.test/")).text()',
      'await fetch("http://a.test/", { method: "POST", body: "y".repeat(11_000) })',
    ]) {
      // eslint-disable-next-line no-await-in-loop
      expect(errorOf(await prefix.run({ code, limits })).code).toBe('BRIDGE_PAYLOAD_EXCEEDED');
    }
  });

  it('on a result is 5 MiB, and lines are kept up to their own', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile();
    const large = await prefix.run({ code: 'export default "x".repeat(6e6)' });
    expect(errorOf(large).code).toBe('OUTPUT_EXCEEDED');
    const flood = await prefix.run({
      code: 'for (let i = 0; i < 12_000; i++) console.log("line " + i)',
    });
    expect(flood.ok).toBe(true);
    expect(flood.stdout.length).toBeLessThanOrEqual(10_001);
    expect(flood.stdout.at(-1)).toContain('dropped');
  });

  it('that is none is refused by its name', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile();
    for (const [name, value] of [
      ['cpuTimeMs', 0],
      ['wallTimeMs', 1.5],
      ['maxBridgeCalls', -1],
      ['maxBridgePayloadBytes', 2 ** 25],
      ['memory', 1],
    ] as const) {
      // eslint-disable-next-line no-await-in-loop
      await expect(prefix.run({ limits: { [name]: value } })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(`limits.${name}`) as string,
      });
    }
    await expect(open({ maxIsolates: 0 })).rejects.toThrow('maxIsolates');
    await expect(sandbox.precompile({ memoryMb: 1 })).rejects.toThrow('memoryMb');
    await expect(sandbox.precompile({ code: 'x'.repeat(9e6) })).rejects.toMatchObject({
      code: 'CODE_TOO_LARGE',
    });
    await expect(prefix.run({ code: 'x'.repeat(2e6) })).rejects.toMatchObject({
      code: 'CODE_TOO_LARGE',
    });
  });
});
