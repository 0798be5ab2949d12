import { afterAll, describe, expect, it } from 'vitest';
import { WasmEngine } from '../src/engines/wasm/engine.ts';
import { valueOf } from './engine-harness.ts';
import { digestOf, runModule, type WasmRunOptions } from './wasm-harness.ts';
import { ARITHMETIC, assemble, TRAPS } from './wasm-modules.ts';

const engine = new WasmEngine();
afterAll(() => engine.close());

const arithmetic = assemble(ARITHMETIC);
const call = (text: string, options: WasmRunOptions) => runModule(engine, assemble(text), options);
const add = async () =>
  valueOf(await runModule(engine, arithmetic, { call: { entry: 'add', args: [2, 40] } }));

describe('an exported function', () => {
  it.each([
    ['add', [2, 40], 42],
    ['add', [4294967295, 1], 0],
    ['add64', ['9223372036854775807', 1], '-9223372036854775808'],
    ['add64', [-1, '18446744073709551615'], '-2'],
    ['half', [5], 2.5],
    ['pair', [7, '-8'], [7, '-8']],
    ['nan', [], null],
  ])('%s(%j) is %j', async (entry, args, expected) => {
    const outcome = await runModule(engine, arithmetic, { call: { entry, args } });
    expect(valueOf(outcome)).toEqual(expected);
    expect(outcome.stubs).toEqual([]);
  });

  it('answers nothing where the function has no result', async () => {
    const outcome = await runModule(engine, arithmetic, { call: { entry: 'nothing' } });
    expect(outcome).toMatchObject({ exitReason: 'Completed', attempts: 1 });
    expect(outcome.value).toBeUndefined();
  });

  it.each([
    ['add', [1], 'add expects 2 arguments (i32, i32), got 1'],
    ['nothing', [1], 'nothing expects 0 arguments, got 1'],
    ['add', [1, '2'], 'argument 2 of add is an i32: expected a whole number of 32 bits, got "2"'],
    ['add', [1.5, 2], 'argument 1 of add is an i32: expected a whole number of 32 bits, got 1.5'],
    ['add64', ['18446744073709551616', 1], 'argument 1 of add64 is an i64'],
    ['reference', [1], 'argument 1 of reference is an externref'],
    ['absent', [], 'no exported function is called absent; exported functions: add, add64, half'],
    ['answer', [], 'answer is a global; exported functions: add'],
  ])('%s(%j) says what it expects', async (entry, args, message) => {
    const { exitReason, error } = await runModule(engine, arithmetic, { call: { entry, args } });
    expect(exitReason).toBe('Exception');
    expect(error?.name).toBe('TypeError');
    expect(error?.message).toContain(message);
  });

  it('is asked for when there is no command', async () => {
    const { exitReason, error } = await runModule(engine, arithmetic);
    expect(exitReason).toBe('Exception');
    expect(error?.message).toContain(
      'no entry was given and no exported function is called _start',
    );
  });

  it('cannot answer a reference', async () => {
    const outcome = await runModule(engine, arithmetic, { call: { entry: 'itself' } });
    expect(outcome).toMatchObject({ exitReason: 'ResultNotPlain', error: { path: 'result' } });
  });

  it('lists a bounded number of exports', async () => {
    const many = Array.from(
      { length: 5_000 },
      (_, i) => `(export "${'f'.repeat(90)}${i}" (func $f))`,
    );
    const outcome = await call(`(module (func $f) ${many.join('\n')})`, { call: { entry: 'g' } });
    expect(outcome.error?.message).toContain('… 4968 more');
    expect(outcome.error?.message.length).toBeLessThan(4_000);
  });

  it('runs _initialize of a library first', async () => {
    const library = `(module (global $g (mut i32) (i32.const 0))
      (func (export "_initialize") (global.set $g (i32.const 5)))
      (func (export "get") (result i32) (global.get $g)))`;
    expect(valueOf(await call(library, { call: { entry: 'get' } }))).toBe(5);
  });
});

describe('imports', () => {
  it('are stubs that the answer lists', async () => {
    const module = `(module
      (import "env" "log" (func $log (param i32) (result i64)))
      (import "env" "both" (func $both (result i32 i64)))
      (import "env" "offset" (global $offset (mut i64)))
      (import "env" "memory" (memory 1 2))
      (import "env" "table" (table 3 funcref))
      (func (export "run") (result i64 i32 i64 i64 i32 i32)
        (call $log (i32.const 1)) (call $both) (global.get $offset) (memory.size) (table.size 0)))`;
    const outcome = await call(module, { call: { entry: 'run' } });
    expect(valueOf(outcome)).toEqual(['0', 0, '0', '0', 1, 3]);
    expect(outcome.stubs).toEqual(['env.log', 'env.both', 'env.offset']);
  });

  const GLOBALS = `(module
    (import "env" "a" (global $a i32)) (import "env" "b" (global $b (mut i64)))
    (import "env" "c" (global $c f64)) (import "env" "d" (global $d f32))
    (func (export "all") (result i32 i64 f64 f32)
      (global.get $a) (global.get $b) (global.get $c) (global.get $d)))`;

  it('of globals take constants of the right type', async () => {
    const imports = { env: { a: 1, b: '-9223372036854775808', c: 0.25 } };
    const outcome = await call(GLOBALS, { call: { entry: 'all', imports } });
    expect(valueOf(outcome)).toEqual([1, '-9223372036854775808', 0.25, 0]);
    expect(outcome.stubs).toEqual(['env.d']);
  });

  it.each([
    [
      { env: { a: 1.5 } },
      'the global env.a is an i32: expected a whole number of 32 bits, got 1.5',
    ],
    [
      { env: { z: 1 } },
      'the module imports no global env.z; it imports env.a, env.b, env.c, env.d',
    ],
    [{ ['__proto__']: { a: 1 } }, 'the module imports no global __proto__.a'],
  ])('refuse %j', async (imports, message) => {
    const { exitReason, error } = await call(GLOBALS, { call: { entry: 'all', imports } });
    expect(exitReason).toBe('Exception');
    expect(error?.message).toContain(message);
  });

  it('may be called like properties of objects', async () => {
    const module = `(module
      (import "__proto__" "constructor" (func $a (result i32)))
      (import "toString" "__proto__" (func $b (result i32)))
      (import "wasi_snapshot_preview1" "constructor" (func $c (result i32)))
      (func (export "__proto__") (result i32 i32 i32) (call $a) (call $b) (call $c)))`;
    const outcome = await call(module, { call: { entry: '__proto__' } });
    expect(valueOf(outcome)).toEqual([0, 0, 0]);
    expect(outcome.stubs).toHaveLength(3);
  });

  it('list a bounded number of stubs', async () => {
    const many = Array.from({ length: 3_000 }, (_, i) => `(import "env" "f${i}" (func))`);
    const outcome = await call(`(module ${many.join('\n')} (func (export "f")))`, {
      call: { entry: 'f' },
    });
    expect(outcome.stubs).toHaveLength(1024);
    expect(outcome.stubs?.at(-1)).toBe('… 1977 more');
  });
});

describe('what goes wrong in a module', () => {
  const traps = assemble(TRAPS);

  it.each([
    ['divide', [1, 0], 'RuntimeError', 'divide by zero'],
    ['outside', [], 'RuntimeError', 'memory access out of bounds'],
    ['unreachable', [], 'RuntimeError', 'unreachable'],
    ['throw', [], 'WebAssembly.Exception', 'did not catch'],
    ['deep', [0], 'RangeError', 'Maximum call stack size exceeded'],
  ])('%s(%j) is an exception', async (entry, args, name, message) => {
    const { exitReason, error } = await runModule(engine, traps, { call: { entry, args } });
    expect(exitReason).toBe('Exception');
    expect(error?.name).toBe(name);
    expect(error?.message).toContain(message);
    expect(error?.stack ?? '').not.toContain('cofferdam:');
    expect(await add()).toBe(42);
  });

  it.each([
    ['no magic word', Buffer.from('hello world')],
    ['nothing', Buffer.alloc(0)],
    ['a cut module', arithmetic.subarray(0, arithmetic.length - 9)],
  ])('%s is a compile error', async (_what, bytes) => {
    const { exitReason, error } = await runModule(engine, bytes, { call: { entry: 'add' } });
    expect(exitReason).toBe('CompileError');
    expect(error?.name).toBe('CompileError');
    expect(error?.message).toMatch(/^WebAssembly\.Module\(\): /);
    expect(await add()).toBe(42);
  });
});

describe('an inspection', () => {
  it('lists exports and imports', async () => {
    const bytes = assemble(`(module (import "env" "log" (func)) (memory (export "memory") 1)
      (func (export "run")))`);
    expect(await engine.inspect(bytes, digestOf(bytes))).toEqual({
      exports: [
        { name: 'memory', kind: 'memory' },
        { name: 'run', kind: 'function' },
      ],
      imports: [{ module: 'env', name: 'log', kind: 'function' }],
    });
  });

  it('does not run the module', async () => {
    const bytes = assemble('(module (func $f unreachable) (start $f))');
    expect(await engine.inspect(bytes, digestOf(bytes))).toEqual({ exports: [], imports: [] });
  });

  it('refuses what is no module', async () => {
    const bytes = Buffer.from('\0asm nonsense');
    await expect(engine.inspect(bytes, digestOf(bytes))).rejects.toMatchObject({
      name: 'CofferdamError',
      code: 'INVALID_WASM',
      message: expect.stringMatching(/^WebAssembly\.Module\(\): /),
    });
  });

  it('cuts what a hostile module lists', async () => {
    const name = '\\01'.repeat(1_000);
    const many = Array.from({ length: 12_000 }, (_, i) => `(export "${name}${i}" (func $f))`);
    const bytes = assemble(`(module (func $f) ${many.join('\n')})`);
    const { exports } = await engine.inspect(bytes, digestOf(bytes));
    expect(exports.length).toBeGreaterThan(100);
    expect(exports.every((entry) => entry.name.length <= 256)).toBe(true);
    expect(JSON.stringify(exports).length).toBeLessThan(1024 * 1024 + 4096);
  });
});

it('has one process, which it tells of', () => {
  expect(engine.stats().processes).toEqual([
    { pid: expect.any(Number), role: 'wasm', rssBytes: expect.any(Number), active: 0 },
  ]);
});
