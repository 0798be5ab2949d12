import {
  arrayHoarder,
  assemble,
  deepBlocks,
  manyMemories,
  TABLE_GROWTH,
  TRAPS,
} from '../../../runner/test/wasm-modules.ts';
import { GROWS, LOOPS, type Killer } from '../killer.ts';

const WASM = { engine: 'wasm', class: 'WebAssembly' } as const;

const GROWS_FOR_EVER = `(module (memory 1)
  (func (export "grow") (local $at i32)
    (loop $again
      (drop (memory.grow (i32.const 16)))
      (memory.fill (local.get $at) (i32.const 1) (i32.const 1048576))
      (local.set $at (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 65536)))
      (br $again))))`;

/** WebAssembly: of its memory V8's heap limit knows nothing. */
export const MODULES: readonly Killer[] = [
  {
    ...WASM,
    name: 'a memory that grows',
    code: { bytes: assemble(GROWS_FOR_EVER), entry: 'grow' },
    limits: GROWS,
    ends: ['Memory'],
    from: 'quick',
  },
  {
    ...WASM,
    name: 'many memories of half a gigabyte',
    code: { bytes: assemble(manyMemories(8)), entry: 'fill' },
    limits: GROWS,
    ends: ['Memory'],
  },
  {
    ...WASM,
    name: 'a table that grows',
    code: { bytes: assemble(TABLE_GROWTH), entry: 'grow', args: [9_000_000] },
    limits: GROWS,
    ends: ['Memory'],
  },
  {
    ...WASM,
    name: 'arrays on the heap of V8',
    code: { bytes: arrayHoarder(1000), entry: 'grow' },
    limits: GROWS,
    ends: ['Memory'],
  },
  {
    ...WASM,
    name: 'a loop',
    code: { bytes: assemble(TRAPS), entry: 'loop' },
    limits: LOOPS,
    ends: ['CpuTime'],
    from: 'ci',
  },
  {
    ...WASM,
    name: 'recursion without end',
    code: { bytes: assemble(TRAPS), entry: 'deep', args: [0] },
    ends: ['Exception'],
    from: 'ci',
  },
  {
    ...WASM,
    name: 'blocks a hundred thousand deep',
    code: { bytes: deepBlocks(100_000), entry: 'deep' },
    ends: ['Memory'],
  },
];
