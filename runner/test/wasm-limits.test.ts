import { afterAll, expect, it } from 'vitest';
import { WasmEngine } from '../src/engines/wasm/engine.ts';
import { valueOf } from './engine-harness.ts';
import { runModule } from './wasm-harness.ts';
import {
  ARITHMETIC,
  arrayHoarder,
  assemble,
  command,
  deepBlocks,
  GROWTH,
  manyMemories,
  TABLE_GROWTH,
  TRAPS,
} from './wasm-modules.ts';

const engine = new WasmEngine();
afterAll(() => engine.close());

const MiB = 1024 * 1024;
const arithmetic = assemble(ARITHMETIC);
const traps = assemble(TRAPS);
const growth = assemble(GROWTH);

async function expectNextRunToWork(): Promise<void> {
  const outcome = await runModule(engine, arithmetic, { call: { entry: 'add', args: [2, 40] } });
  expect(valueOf(outcome)).toBe(42);
}

it('ends an endless loop at its CPU time', async () => {
  const outcome = await runModule(engine, traps, {
    call: { entry: 'loop' },
    limits: { cpuTimeMs: 200, wallTimeMs: 10_000 },
  });
  expect(outcome).toMatchObject({
    exitReason: 'CpuTime',
    error: { name: 'LimitError' },
    attempts: 1,
  });
  await expectNextRunToWork();
});

it('ends an endless loop at its wall time', async () => {
  const outcome = await runModule(engine, traps, {
    call: { entry: 'loop' },
    limits: { cpuTimeMs: 60_000, wallTimeMs: 200 },
  });
  expect(outcome.exitReason).toBe('WallTime');
  await expectNextRunToWork();
});

it('ends an endless loop in the start function', async () => {
  const bytes = assemble('(module (func $f (loop $l (br $l))) (start $f) (func (export "g")))');
  const outcome = await runModule(engine, bytes, {
    call: { entry: 'g' },
    limits: { cpuTimeMs: 200 },
  });
  expect(outcome.exitReason).toBe('CpuTime');
  await expectNextRunToWork();
});

it('ends an endless loop when its caller goes away', async () => {
  const caller = new AbortController();
  const bytes = command(
    '(call $write (i32.const 1) (i32.const 64) (i32.const 3)) (loop $l (br $l))',
    {
      data: '(data (i32.const 64) "on\\n")',
    },
  );
  const outcome = await runModule(engine, bytes, {
    limits: { cpuTimeMs: 60_000, wallTimeMs: 60_000 },
    signal: caller.signal,
    onLog: () => caller.abort(),
  });
  expect(outcome.exitReason).toBe('Cancelled');
  await expectNextRunToWork();
});

it('lets a module grow within its memory', async () => {
  const outcome = await runModule(engine, growth, {
    call: { entry: 'grow', args: [(32 * MiB) / 65_536] },
  });
  expect(valueOf(outcome)).toBe((32 * MiB) / 65_536 + 1);
  expect(outcome.memoryBytes).toBeGreaterThan(24 * MiB);
  expect(outcome.memoryBytes).toBeLessThan(128 * MiB);
});

it('ends a module that grows beyond its memory', async () => {
  const outcome = await runModule(engine, growth, {
    call: { entry: 'grow', args: [(500 * MiB) / 65_536] },
    limits: { cpuTimeMs: 10_000 },
  });
  expect(outcome).toMatchObject({ exitReason: 'Memory', error: { name: 'LimitError' } });
  await expectNextRunToWork();
});

it('gives no memory more than 512 MiB', async () => {
  const outcome = await runModule(engine, growth, { call: { entry: 'grow', args: [8192] } });
  expect(valueOf(outcome)).toBe(-1);
  const gibibytes = assemble('(module (memory 32768) (func (export "f")))');
  const refused = await runModule(engine, gibibytes, { call: { entry: 'f' } });
  expect(refused.exitReason).toBe('Memory');
  await expectNextRunToWork();
});

it('counts all memories of a module together', async () => {
  const outcome = await runModule(engine, assemble(manyMemories(20)), {
    call: { entry: 'fill' },
    limits: { cpuTimeMs: 20_000, wallTimeMs: 20_000 },
  });
  expect(outcome.exitReason).toBe('Memory');
  await expectNextRunToWork();
});

it('counts imported memories too', async () => {
  const imports = Array.from({ length: 20 }, (_, i) => `(import "env" "m${i}" (memory 8191))`);
  const fills = imports.map(
    (_, i) => `(memory.fill ${i} (i32.const 0) (i32.const 1) (i32.const 536000000))`,
  );
  const bytes = assemble(
    `(module ${imports.join('\n')} (func (export "fill") ${fills.join('\n')}))`,
  );
  const outcome = await runModule(engine, bytes, {
    call: { entry: 'fill' },
    limits: { cpuTimeMs: 20_000, wallTimeMs: 20_000 },
  });
  expect(outcome.exitReason).toBe('Memory');
  await expectNextRunToWork();
});

it('ends a module whose tables grow beyond its memory', async () => {
  const tables = Array.from({ length: 10 }, (_, i) => `(table $t${i} 1 externref)`);
  const grow = tables.map(
    (_, i) => `(drop (table.grow $t${i} (ref.null extern) (i32.const 9000000)))`,
  );
  const bytes = assemble(`(module ${tables.join('\n')} (func (export "grow") ${grow.join('\n')}))`);
  const outcome = await runModule(engine, bytes, {
    call: { entry: 'grow' },
    limits: { cpuTimeMs: 20_000, wallTimeMs: 20_000 },
  });
  expect(outcome.exitReason).toBe('Memory');
  await expectNextRunToWork();
});

it.each([1_000, 4_000_000, 100_000_000])(
  'ends a module that keeps arrays of %i numbers on the heap',
  async (elements) => {
    const outcome = await runModule(engine, arrayHoarder(elements), {
      call: { entry: 'grow' },
      limits: { cpuTimeMs: 20_000, wallTimeMs: 20_000 },
    });
    expect(outcome.exitReason).toBe('Memory');
    await expectNextRunToWork();
  },
);

it('survives half a million blocks within blocks', async () => {
  const outcome = await runModule(engine, deepBlocks(500_000), { call: { entry: 'deep' } });
  expect(['Completed', 'Memory', 'CompileError', 'CpuTime']).toContain(outcome.exitReason);
  await expectNextRunToWork();
});

it('refuses a table of its own that is too large, and goes on', async () => {
  const outcome = await runModule(engine, assemble(TABLE_GROWTH), {
    call: { entry: 'grow', args: [2_000_000_000] },
  });
  expect(valueOf(outcome)).toBe(-1);
});

it('ends recursion without harm', async () => {
  const outcome = await runModule(engine, traps, { call: { entry: 'deep', args: [0] } });
  expect(outcome.exitReason).toBe('Exception');
  await expectNextRunToWork();
});

it('ends a run that asks its host for randomness without end', async () => {
  const bytes = command(
    '(loop $l (drop (call $random_get (i32.const 64) (i32.const 100000))) (br $l))',
  );
  const outcome = await runModule(engine, bytes, {
    limits: { cpuTimeMs: 20_000, wallTimeMs: 500 },
  });
  expect(outcome.exitReason).toBe('WallTime');
  await expectNextRunToWork();
});

it('takes modules that arrive at once, one after another', async () => {
  const runs = Array.from({ length: 12 }, (_, i) =>
    runModule(engine, arithmetic, { call: { entry: 'add', args: [i, 1] } }),
  );
  const values = (await Promise.all(runs)).map(valueOf);
  expect(values).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
});
