import { GROWS, LOOPS, type Killer } from '../killer.ts';

/** JSON that is deep, wide, shared, or read without end. */
export const JSONS: readonly Killer[] = [
  {
    name: 'a loop that swallows termination',
    class: 'JSON',
    code: `const s = '[' + '[1,2,3],'.repeat(2e5) + '1]'; for (;;) JSON.parse(s)`,
    limits: { ...LOOPS, memoryBytes: GROWS.memoryBytes },
    ends: ['CpuTime', 'Memory'],
    from: 'quick',
  },
  {
    name: 'an array of a hundred million',
    class: 'JSON',
    code: `return JSON.parse('[' + '1,'.repeat(1e8) + '1]').length`,
    limits: GROWS,
    ends: ['Memory'],
    from: 'ci',
  },
  {
    name: 'the longest text that there is',
    class: 'JSON',
    code: `return JSON.parse('[' + '1,'.repeat(0x7fffffd) + '1]').length`,
    limits: GROWS,
    ends: ['Memory'],
  },
  {
    name: 'arrays five million deep',
    class: 'JSON',
    code: `return typeof JSON.parse('['.repeat(5e6) + ']'.repeat(5e6))`,
    limits: GROWS,
    ends: ['Memory'],
    from: 'ci',
  },
  {
    name: 'objects with a million names',
    class: 'JSON',
    code: `const text = '{' + Array.from({ length: 1e6 }, (_, i) => '"k' + i + '":{"a":' + i + '}').join() + '}'; const kept = []; for (;;) kept.push(JSON.parse(text))`,
    limits: GROWS,
    ends: ['Memory'],
  },
  {
    name: 'a value that holds itself twice, forty times',
    class: 'JSON',
    code: `let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; return JSON.stringify(a).length`,
    limits: GROWS,
    ends: ['Memory', 'Exception'],
    from: 'ci',
  },
  {
    name: 'a value a million deep',
    class: 'JSON',
    code: `let a = {}; for (let i = 0; i < 1e6; i++) a = { a }; return JSON.stringify(a).length`,
    limits: GROWS,
    ends: ['Exception'],
  },
  {
    name: 'a reviver that deepens what it walks',
    class: 'JSON',
    code: `return JSON.parse('{"a":1,"b":1}', function (key, value) { if (key === 'a') this.b = { a: 1, b: 1 }; return value })`,
    limits: { ...GROWS, cpuTimeMs: 5_000 },
    ends: ['Exception'],
  },
  {
    name: 'indentation of what is deep',
    class: 'JSON',
    code: `let a = []; for (let i = 0; i < 3e3; i++) a = [a, i]; const kept = []; for (;;) kept.push(JSON.stringify(a, null, 10))`,
    limits: GROWS,
    ends: ['Memory'],
  },
];
