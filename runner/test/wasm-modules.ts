import wabt from 'wabt';

const FEATURES = {
  exceptions: true,
  mutable_globals: true,
  multi_value: true,
  reference_types: true,
  bulk_memory: true,
  multi_memory: true,
};

const assembler = await wabt();

/** A module from its text. */
export function assemble(text: string): Uint8Array {
  const module = assembler.parseWat('test.wat', text, FEATURES);
  const { buffer } = module.toBinary({});
  module.destroy();
  return buffer;
}

/** A WASI command: `body` is that of `_start`, with the functions named below imported. */
export function command(body: string, { data = '', locals = '' } = {}): Uint8Array {
  return assemble(`(module
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open"
      (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_accept" (func $sock_accept (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 4)
    ${data}
    ;; Writes length bytes at address to a descriptor; uses the first 16 bytes of memory.
    (func $write (param $fd i32) (param $at i32) (param $length i32)
      (i32.store (i32.const 0) (local.get $at))
      (i32.store (i32.const 4) (local.get $length))
      (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
    ;; Ends the program with an exit code unless it is 0.
    (func $check (param $code i32)
      (if (local.get $code) (then (call $proc_exit (local.get $code)))))
    (func (export "_start") ${locals}
      ${body}))`);
}

/** Adds, in each of the number types, and some more that a caller may want to call. */
export const ARITHMETIC = `(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "add64") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
  (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
  (func (export "pair") (param i32 i64) (result i32 i64) (local.get 0) (local.get 1))
  (func (export "nothing"))
  (func (export "nan") (result f64) (f64.div (f64.const 0) (f64.const 0)))
  (func (export "reference") (param externref) (result i32) (i32.const 1))
  (func $itself (export "itself") (result funcref) (ref.func $itself))
  (global (export "answer") i32 (i32.const 42)))`;

export const TRAPS = `(module
  (memory 1)
  (tag $thrown (param i32))
  (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "outside") (result i32) (i32.load (i32.const 0x7fffffff)))
  (func (export "unreachable") unreachable)
  (func (export "throw") (throw $thrown (i32.const 1)))
  (func $deep (export "deep") (param i32) (result i32)
    (i32.add (i32.const 1) (call $deep (i32.add (local.get 0) (i32.const 1)))))
  (func (export "loop") (loop $again (br $again))))`;

/** Grows its memory to the number of pages and writes to every one; -1 where it may not grow. */
export const GROWTH = `(module
  (memory 1)
  (func (export "grow") (param $pages i32) (result i32)
    (if (i32.eq (memory.grow (local.get $pages)) (i32.const -1)) (then (return (i32.const -1))))
    (memory.fill (i32.const 0) (i32.const 1) (i32.mul (local.get $pages) (i32.const 65536)))
    (memory.size)))`;

/** As many memories of 512 MiB as there are lines, each filled. */
export function manyMemories(count: number): string {
  const indices = Array.from({ length: count }, (_, index) => index);
  return `(module
    ${indices.map(() => '(memory 8191)').join('\n')}
    (func (export "fill")
      ${indices.map((i) => `(memory.fill ${i} (i32.const 0) (i32.const 1) (i32.const 536000000))`).join('\n')}))`;
}

/** Grows a table without end. */
export const TABLE_GROWTH = `(module
  (table $t 1 externref)
  (func (export "grow") (param $by i32) (result i32)
    (table.grow $t (ref.null extern) (local.get $by))))`;

/** Keeps arrays of so many numbers on V8's own heap; by hand, since the assembler knows no arrays. */
export function arrayHoarder(elements: number): Uint8Array {
  const body = [
    ...[0x00, 0x03, 0x40], // no locals; loop
    ...[0x41, ...leb128(elements), 0xfb, 0x07, 0x00], // array.new_default
    ...[0x41, 0x01, 0xfc, 0x0f, 0x00, 0x1a], // table.grow by one; drop
    ...[0x0c, 0x00, 0x0b, 0x0b], // br 0; end; end
  ];
  return moduleOf([
    section(1, [2, 0x5e, 0x7f, 1, 0x60, 0, 0]), // array of mutable i32; function
    section(3, [1, 1]),
    section(4, [1, 0x63, 0, 0, 1]), // table of references to the array, one element
    section(7, [1, 4, ...Buffer.from('grow'), 0, 0]),
    section(10, [1, ...leb128(body.length), ...body]),
  ]);
}

/** A function `deep` of blocks within blocks. */
export function deepBlocks(depth: number): Uint8Array {
  const body = Buffer.alloc(3 * depth + 2);
  body.fill(Buffer.from([0x02, 0x40]), 1, 1 + 2 * depth);
  body.fill(0x0b, 1 + 2 * depth);
  const code = Buffer.concat([Buffer.from([1, ...leb128(body.length)]), body]);
  return moduleOf([
    section(1, [1, 0x60, 0, 0]),
    section(3, [1, 0]),
    section(7, [1, 4, ...Buffer.from('deep'), 0, 0]),
    section(10, code),
  ]);
}

function moduleOf(sections: Uint8Array[]): Uint8Array {
  return Buffer.concat([Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), ...sections]);
}

function section(id: number, content: Iterable<number>): Uint8Array {
  const bytes = Uint8Array.from(content);
  return Buffer.concat([Buffer.from([id, ...leb128(bytes.length)]), bytes]);
}

/** Unsigned; as a signed number too, as long as bit 6 of the last byte is not set. */
function leb128(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >>> 7;
  if (rest > 0) return [low | 0x80, ...leb128(rest)];
  return (low & 0x40) === 0 ? [low] : [low | 0x80, 0];
}
