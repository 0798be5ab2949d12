import { GROWS, LOOPS, type Killer } from '../killer.ts';

/** BigInts: one operation may take for ever, and is native. */
export const NUMBERS: readonly Killer[] = [
  {
    name: 'products of a million digits',
    class: 'BigInt',
    code: `let n = 3n ** 2000000n; for (;;) n = (n * n) >> 3000000n`,
    limits: LOOPS,
    ends: ['CpuTime'],
    from: 'quick',
  },
  {
    name: 'the largest there is, by shifting',
    class: 'BigInt',
    code: `const kept = []; for (let i = 0n; ; i++) kept.push(1n << (2n ** 29n + i))`,
    limits: GROWS,
    ends: ['Memory'],
    from: 'ci',
  },
  {
    name: 'a power without end',
    class: 'BigInt',
    code: `return (7n ** 300000000n).toString(16).length`,
    limits: LOOPS,
    ends: ['CpuTime'],
  },
  {
    name: 'its decimal digits',
    class: 'BigInt',
    code: `return ((1n << (2n ** 27n)) - 1n).toString().length`,
    limits: LOOPS,
    ends: ['CpuTime'],
    from: 'ci',
  },
  {
    name: 'a number read from a hundred million digits',
    class: 'BigInt',
    code: `return BigInt('7'.repeat(1e8)) > 0n`,
    limits: LOOPS,
    ends: ['CpuTime', 'Memory'],
  },
  {
    name: 'division of what is huge',
    class: 'BigInt',
    code: `const a = (1n << 80000000n) - 1n, b = (1n << 40000000n) - 3n; for (;;) a / b`,
    limits: LOOPS,
    ends: ['CpuTime'],
  },
];
