import { GROWS, LOOPS, type Killer } from '../killer.ts';

/** Regular expressions: the engine backtracks, compiles and recurses in native code. */
export const REGEXPS: readonly Killer[] = [
  {
    name: 'nested repetition',
    class: 'regular expressions',
    code: `return /^(a+)+$/.test('a'.repeat(64) + 'b')`,
    limits: LOOPS,
    ends: ['CpuTime'],
    from: 'quick',
  },
  {
    name: 'alternatives that overlap',
    class: 'regular expressions',
    code: `return /^(?:a|a|a\\w)*$/.test('a'.repeat(64) + '!')`,
    limits: LOOPS,
    ends: ['CpuTime'],
  },
  {
    name: 'back-references',
    class: 'regular expressions',
    code: `return /^(.*)(.*)(.*)(.*)(.*)\\5\\4\\3\\2\\1x$/s.test('ab'.repeat(400))`,
    limits: LOOPS,
    ends: ['CpuTime'],
  },
  {
    name: 'look-behind',
    class: 'regular expressions',
    code: `return /(?<=^(a+)+)b/.test('x' + 'a'.repeat(64) + 'b')`,
    limits: LOOPS,
    ends: ['CpuTime'],
  },
  {
    name: 'a group for each of 127 million letters',
    class: 'regular expressions',
    code: `return /^(?:(.)|b)*$/.exec('1'.repeat(0x7ffffff))?.length ?? 0`,
    limits: { cpuTimeMs: 2_000 },
    ends: ['Memory', 'Exception'],
  },
  {
    name: 'repetitions of repetitions to compile',
    class: 'regular expressions',
    code: `const kept = []; for (let i = 0; ; i++) { try { kept.push(new RegExp('(?:a' + i + '{1,99}){1,99}')); kept.at(-1).test('a'.repeat(200)) } catch {} }`,
    limits: LOOPS,
    ends: ['CpuTime'],
  },
  {
    name: 'groups nested a hundred thousand deep',
    class: 'regular expressions',
    code: `return new RegExp('(?:'.repeat(1e5) + 'a' + ')*'.repeat(1e5)).test('a')`,
    limits: LOOPS,
    ends: ['CpuTime', 'Exception'],
    from: 'ci',
  },
  {
    name: 'classes of sets within sets',
    class: 'regular expressions',
    code: `return new RegExp('[' + '[\\\\p{L}--'.repeat(2e4) + 'a' + ']'.repeat(2e4) + ']', 'v').test('a')`,
    limits: LOOPS,
    ends: ['CpuTime', 'Exception'],
  },
  {
    name: 'all matches of a long text kept',
    class: 'regular expressions',
    code: `return [...'ab'.repeat(2e7).matchAll(/(?<x>a)(?<y>b)/dg)].length`,
    limits: GROWS,
    ends: ['Memory'],
  },
  {
    name: 'a thousand names of groups',
    class: 'regular expressions',
    code: `const names = Array.from({ length: 3e4 }, (_, i) => '(?<n' + i + '>a)').join('|'); const kept = []; for (;;) kept.push(new RegExp(names).exec('a'))`,
    limits: { ...GROWS, cpuTimeMs: 1_500 },
    ends: ['CpuTime', 'Memory'],
  },
];
