import type { ErrorCode } from '@cofferdam/protocol';
import { expect, it } from 'vitest';
import { assemble, TRAPS } from '../../runner/test/wasm-modules.ts';
import { SCRIPT_ENGINES, type Client, type RunBody, type ScriptEngine } from './client.ts';

const MiB = 1024 * 1024;

/** Each with one limit that can be reached: on a slow machine a loop must not end by its wall time. */
const CASES: [limit: string, body: RunBody, code: ErrorCode][] = [
  ['CPU time', { code: 'for (;;);', limits: { cpuTimeMs: 200 } }, 'CPU_TIME_EXCEEDED'],
  ['wall time', { code: 'await new Promise(() => {})', timeout: 300 }, 'WALL_TIME_EXCEEDED'],
  [
    'memory, by its heap',
    { code: 'const a = []; for (;;) a.push([a.length])', limits: { memoryBytes: 48 * MiB } },
    'MEMORY_EXCEEDED',
  ],
  [
    'memory, by buffers',
    {
      code: 'const a = []; for (;;) a.push(new Uint8Array(1e7).fill(1))',
      limits: { memoryBytes: 48 * MiB },
    },
    'MEMORY_EXCEEDED',
  ],
  ['output', { code: 'return "x".repeat(5e6)' }, 'OUTPUT_EXCEEDED'],
];
const LONG_MS = 30_000;

/** Runs that go beyond their limits, and that nobody else pays for it. */
export function limitTests(on: () => Client): void {
  const cases = SCRIPT_ENGINES.flatMap((engine) =>
    CASES.map((each): [ScriptEngine, ...typeof each] => [engine, ...each]),
  );
  it.each(cases)('%s: %s', async (engine, _limit, body, code) => {
    const answer = await on().run(engine, { timeout: LONG_MS, ...body });
    expect(answer.body.error).toMatchObject({ code, blame: 'script', retry: false });
    await on().expectServed(engine);
  });

  it('WebAssembly: CPU time', async () => {
    const bytes = Buffer.from(assemble(TRAPS)).toString('base64');
    const { moduleId } = (await on().post('/wasm/compile', { bytes })).body;
    const loop = { moduleId, entry: 'loop', limits: { cpuTimeMs: 200 }, timeout: LONG_MS };
    const { body } = await on().post('/wasm/run', loop);
    expect(body.error).toMatchObject({ code: 'CPU_TIME_EXCEEDED', blame: 'script' });
    const good = { moduleId, entry: 'divide', args: [84, 2] };
    expect((await on().post('/wasm/run', good)).body.result).toBe(42);
  });
}
