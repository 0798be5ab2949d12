import { afterAll, describe, expect, it } from 'vitest';
import { WasmEngine } from '../src/engines/wasm/engine.ts';
import { valueOf } from './engine-harness.ts';
import { runModule, type WasmRunOptions } from './wasm-harness.ts';
import { assemble, command } from './wasm-modules.ts';

const engine = new WasmEngine();
afterAll(() => engine.close());

type Body = Parameters<typeof command>[1];

async function output(body: string, parts: Body = {}, options: WasmRunOptions = {}) {
  const outcome = await runModule(engine, command(body, parts), options);
  return valueOf(outcome) as { exitCode: number; stdout: string; stderr: string };
}

/** Writes what stands at 1024, as long as the number at 16 says. */
const WRITE_FOUND = '(call $write (i32.const 1) (i32.const 1024) (i32.load (i32.const 16)))';
const HELLO = { data: '(data (i32.const 64) "hello\\nworld")' };
const WRITE_HELLO = '(call $write (i32.const 1) (i32.const 64) (i32.const 11))';

describe('a WASI command', () => {
  it('has its output captured, and logged line by line', async () => {
    const body = `${WRITE_HELLO} (call $write (i32.const 2) (i32.const 64) (i32.const 5))`;
    const outcome = await runModule(engine, command(body, HELLO));
    expect(valueOf(outcome)).toEqual({ exitCode: 0, stdout: 'hello\nworld', stderr: 'hello' });
    expect(outcome.logs.map(({ level, message }) => [level, message])).toEqual([
      ['log', 'hello'],
      ['log', 'world'],
      ['error', 'hello'],
    ]);
    expect(outcome).toMatchObject({ stubs: [], logsCut: false, bridgeCalls: 0 });
  });

  it('reads its standard input to the end', async () => {
    const body = `
      (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 3))
      (loop $more
        (call $check (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))
        ${WRITE_FOUND}
        (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 3))
        (br_if $more (i32.load (i32.const 16))))`;
    const stdin = 'gr\u00fcn \u{1f7e2}!';
    const { stdout } = await output(body, {}, { call: { wasi: { stdin } } });
    expect(stdout).toBe(stdin);
  });

  it('gets its arguments, after its own name', async () => {
    const body = `
      (call $check (call $args_sizes_get (i32.const 20) (i32.const 16)))
      (call $check (call $args_get (i32.const 512) (i32.const 1024)))
      ${WRITE_FOUND}`;
    const { stdout } = await output(body, {}, { call: { wasi: { args: ['-v', 'a b'] } } });
    expect(stdout).toBe('module\0-v\0a b\0');
  });

  it('gets its environment, and nothing of the host', async () => {
    const body = `
      (call $check (call $environ_sizes_get (i32.const 20) (i32.const 16)))
      (call $check (call $environ_get (i32.const 512) (i32.const 1024)))
      ${WRITE_FOUND}`;
    const env = { CITY: 'K\u00f6ln', ['__proto__']: 'x' };
    expect((await output(body, {}, { call: { wasi: { env } } })).stdout).toBe(
      'CITY=K\u00f6ln\0__proto__=x\0',
    );
    expect((await output(body)).stdout).toBe('');
  });

  it.each([0, 1, 3, 255])('says its exit code %i', async (code) => {
    const { exitCode, stdout } = await output(
      `${WRITE_HELLO} (call $proc_exit (i32.const ${code})) unreachable`,
      HELLO,
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: 'hello\nworld' });
  });

  it('that traps is an exception, whose output is in the logs', async () => {
    const outcome = await runModule(engine, command(`${WRITE_HELLO} unreachable`, HELLO));
    expect(outcome).toMatchObject({ exitReason: 'Exception', error: { name: 'RuntimeError' } });
    expect(outcome.logs.map(({ message }) => message)).toEqual(['hello', 'world']);
  });

  it('has clocks that go by whole milliseconds', async () => {
    const body = `
      (call $check (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 1024)))
      (call $check (i64.ne (i64.rem_u (i64.load (i32.const 1024)) (i64.const 1000000)) (i64.const 0)))
      (call $check (i64.lt_u (i64.load (i32.const 1024)) (i64.const 1700000000000000000)))
      (call $check (i32.ne (call $clock_time_get (i32.const 9) (i64.const 1) (i32.const 1024)) (i32.const 28)))`;
    expect((await output(body)).exitCode).toBe(0);
  });

  it('sleeps without using CPU time', async () => {
    const body = `
      (i32.store8 (i32.const 1032) (i32.const 0))
      (i32.store (i32.const 1040) (i32.const 1))
      (i64.store (i32.const 1048) (i64.const 300000000))
      (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 512)) drop
      (call $check (call $poll_oneoff (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 16)))
      (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 520)) drop
      (call $check (i32.ne (i32.load (i32.const 16)) (i32.const 1)))
      (call $check (i64.lt_u (i64.sub (i64.load (i32.const 520)) (i64.load (i32.const 512)))
        (i64.const 299000000)))`;
    const outcome = await runModule(engine, command(body), { limits: { cpuTimeMs: 100 } });
    expect(valueOf(outcome)).toMatchObject({ exitCode: 0 });
  });

  it('that sleeps too long ends at its wall time', async () => {
    const body = `
      (i64.store (i32.const 1048) (i64.const -1))
      (drop (call $poll_oneoff (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 16)))`;
    const outcome = await runModule(engine, command(body), { limits: { wallTimeMs: 200 } });
    expect(outcome.exitReason).toBe('WallTime');
    expect((await output(WRITE_HELLO, HELLO)).exitCode).toBe(0);
  });

  it('gets randomness that differs', async () => {
    const body = `
      (call $check (call $random_get (i32.const 1024) (i32.const 100000)))
      (call $check (i64.eqz (i64.load (i32.const 101000))))
      (i32.store (i32.const 16) (i32.const 32))
      ${WRITE_FOUND}`;
    const [one, other] = [await output(body), await output(body)];
    expect(one.exitCode).toBe(0);
    expect(one.stdout).not.toBe(other.stdout);
  });

  it('has no files and no network', async () => {
    const open =
      '(i32.const 3) (i32.const 0) (i32.const 64) (i32.const 5) (i32.const 0) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 0)';
    const body = `
      (call $check (i32.ne (call $fd_prestat_get (i32.const 3) (i32.const 0)) (i32.const 8)))
      (call $check (i32.ne (call $path_open ${open}) (i32.const 8)))
      (call $check (i32.ne (call $sock_accept (i32.const 3) (i32.const 0) (i32.const 0)) (i32.const 52)))
      (call $check (i32.ne (call $fd_write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)) (i32.const 8)))
      (call $check (i32.ne (call $fd_read (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (i32.const 8)))`;
    expect((await output(body, HELLO)).exitCode).toBe(0);
  });

  it.each([
    [
      'addresses beyond its memory',
      '(call $fd_write (i32.const 1) (i32.const -8) (i32.const 1) (i32.const 8))',
      21,
    ],
    [
      'a result beyond its memory',
      '(call $fd_write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const -4))',
      21,
    ],
    [
      'too many pieces',
      '(call $fd_write (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 8))',
      28,
    ],
    [
      'too many subscriptions',
      '(call $poll_oneoff (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 8))',
      28,
    ],
    ['randomness beyond its memory', '(call $random_get (i32.const 0) (i32.const -1))', 21],
  ])('is told of %s', async (_what, call, errno) => {
    expect((await output(`(call $proc_exit ${call})`)).exitCode).toBe(errno);
  });

  it('may have no memory at all', async () => {
    const bytes = assemble(`(module
      (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (func (export "_start") (call $exit (call $random (i32.const 0) (i32.const 8)))))`);
    expect(valueOf(await runModule(engine, bytes))).toMatchObject({ exitCode: 21 });
  });

  it('may import functions with other types than WASI says', async () => {
    const bytes = assemble(`(module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i64 f64 i64 i64 i64) (result i64)))
      (memory (export "memory") 1)
      (func (export "_start")
        (drop (call $write (i64.const 1) (f64.const 1.5) (i64.const 1) (i64.const 8) (i64.const 1)))))`);
    const { exitReason } = await runModule(engine, bytes);
    expect(exitReason).toBe('Exception');
  });
});

describe('output beyond its limit', () => {
  const flood = (value: number, repeats: number) => `
    (memory.fill (i32.const 1024) (i32.const ${value}) (i32.const 65536))
    (loop $more
      (call $write (i32.const 1) (i32.const 1024) (i32.const 65536))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $more (i32.lt_u (local.get $i) (i32.const ${repeats}))))`;
  const locals = '(local $i i32)';

  it.each([
    ['text', 0x61],
    ['newlines', 0x0a],
    ['bytes that are no text', 0xff],
    ['characters that JSON escapes', 0x01],
  ])('of %s is cut with a marker', async (_what, value) => {
    const limits = { outputBytes: 64 * 1024, cpuTimeMs: 10_000 };
    const outcome = await runModule(engine, command(flood(value, 20), { locals }), { limits });
    const { exitCode, stdout } = valueOf(outcome) as { exitCode: number; stdout: string };
    expect(exitCode).toBe(0);
    expect(stdout.endsWith('\n[output cut at 65536 bytes]')).toBe(true);
    expect(outcome.value!.length).toBeLessThan(64 * 1024 + 256);
    expect(outcome.logsCut).toBe(true);
    expect(outcome.logs.at(-1)?.message).toMatch(/^\[output cut at /);
  });

  it('is cut between characters of several bytes', async () => {
    const body = `
      (loop $more
        (i32.store (i32.add (i32.const 1024) (i32.mul (local.get $i) (i32.const 4))) (i32.const 0x82989ff0))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $more (i32.lt_u (local.get $i) (i32.const 10000))))
      (call $write (i32.const 1) (i32.const 1024) (i32.const 40000))`;
    const outcome = await runModule(engine, command(body, { locals }));
    expect((valueOf(outcome) as { stdout: string }).stdout).toBe('\u{1f602}'.repeat(10_000));
    expect(outcome.logs.map(({ message }) => message).join('')).toBe('\u{1f602}'.repeat(10_000));
    expect(outcome.logs.length).toBeGreaterThan(1);
  });
});

describe('a function of a module that imports WASI', () => {
  it('is run with the same shim', async () => {
    const bytes = assemble(`(module
      (import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "_start") unreachable)
      (func (export "now") (result i32) (call $now (i32.const 0) (i64.const 1) (i32.const 8))))`);
    const outcome = await runModule(engine, bytes, { call: { entry: 'now' } });
    expect(valueOf(outcome)).toBe(0);
    expect(outcome.stubs).toEqual([]);
  });

  it('that exits is an exception', async () => {
    const bytes = assemble(`(module
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (func (export "f") (call $exit (i32.const 7))))`);
    const { exitReason, error } = await runModule(engine, bytes, { call: { entry: 'f' } });
    expect(exitReason).toBe('Exception');
    expect(error).toMatchObject({ name: 'ProcExit', message: 'the module called proc_exit(7)' });
  });

  it('cannot swallow the exit', async () => {
    const bytes = assemble(`(module
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (func (export "_start") (try (do (call $exit (i32.const 7))) (catch_all))))`);
    const { exitCode } = valueOf(await runModule(engine, bytes)) as { exitCode: number };
    expect(exitCode).toBe(7);
  });
});
