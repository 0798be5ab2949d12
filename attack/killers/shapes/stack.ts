import { GROWS, GROWS_MOST, LOOPS, type Killer } from '../killer.ts';

const DEEP = ['Exception'] as const;

/** Recursion through native code, whose frames V8's own check does not count alike. */
export const STACK: readonly Killer[] = [
  {
    name: 'toJSON within toJSON',
    class: 'native stack',
    code: `const o = { toJSON: () => JSON.parse(JSON.stringify({ o })) }; return JSON.stringify(o)`,
    ends: DEEP,
    from: 'quick',
  },
  {
    name: 'toString within join within toString',
    class: 'native stack',
    code: `const o = { toString: () => [o, o].join(String(o)) }; return String(o)`,
    ends: DEEP,
  },
  {
    name: 'a comparator that sorts',
    class: 'native stack',
    code: `const f = () => [3, 2, 1].sort(f).length; return f()`,
    ends: DEEP,
    from: 'ci',
  },
  {
    name: 'proxies of proxies',
    class: 'native stack',
    code: `let p = {}; for (let i = 0; i < 1e6; i++) p = new Proxy(p, {}); return p.x`,
    limits: GROWS_MOST,
    ends: DEEP,
    from: 'ci',
  },
  {
    name: 'a proxy that is its own prototype chain',
    class: 'native stack',
    code: `const p = new Proxy({}, { get: (_, name, receiver) => Reflect.get(Object.create(receiver), name) }); return p.x`,
    ends: DEEP,
  },
  {
    name: 'bound functions of bound functions',
    class: 'native stack',
    code: `let f = () => 1; for (let i = 0; i < 1e6; i++) f = f.bind(null); for (;;) f()`,
    limits: { ...LOOPS, memoryBytes: GROWS.memoryBytes },
    ends: ['CpuTime'],
  },
  {
    name: 'getters that get',
    class: 'native stack',
    code: `const o = { get x() { return Reflect.get({ __proto__: o }, 'x') } }; return structuredClone(o).x`,
    ends: DEEP,
  },
  {
    name: 'an array flattened for ever',
    class: 'native stack',
    code: `let a = []; for (let i = 0; i < 1e6; i++) a = [a]; return a.flat(Infinity).length`,
    limits: GROWS,
    ends: DEEP,
  },
  {
    name: 'an array that holds itself, flattened',
    class: 'native stack',
    code: `const a = []; a.push(a, a); return a.flat(Infinity).length`,
    limits: GROWS,
    ends: ['Exception'],
  },
  {
    name: 'replacers that replace',
    class: 'native stack',
    code: `const f = (s) => s.replace(/./g, () => f(s)); return f('ab')`,
    ends: DEEP,
  },
  {
    name: 'generators that yield to generators',
    class: 'generators',
    code: `function* g() { yield* g() } return g().next()`,
    ends: DEEP,
    from: 'ci',
  },
  {
    name: 'a chain of a million generators',
    class: 'generators',
    code: `let g = [1][Symbol.iterator](); for (let i = 0; i < 1e6; i++) g = g.map((x) => x); return g.next().value`,
    limits: GROWS,
    ends: ['Memory'],
  },
  {
    name: 'a chain of asynchronous generators',
    class: 'generators',
    code: `async function* g(n) { yield n; yield* g(n + 1) } for await (const n of g(0)) if (n < 0) break`,
    limits: { ...GROWS, cpuTimeMs: 1_500 },
    ends: ['CpuTime'],
  },
  {
    name: 'functions compiled within functions',
    class: 'native stack',
    code: `return new Function('return ' + '('.repeat(5e5) + '1' + ')'.repeat(5e5))()`,
    ends: DEEP,
  },
  {
    name: 'a pattern that destructures a million deep',
    class: 'native stack',
    code: `return (0, eval)('var ' + '['.repeat(1e6) + 'a' + ']'.repeat(1e6) + ' = []')`,
    ends: DEEP,
  },
  {
    name: 'a stack of which everything is told',
    class: 'error.stack',
    code: `Error.stackTraceLimit = Infinity; const f = (n) => { try { return f(n + 1) } catch { return new Error('x'.repeat(1e6)).stack.length + f(n + 1) } }; return f(0)`,
    limits: LOOPS,
    ends: ['CpuTime', 'Exception'],
  },
  {
    name: 'errors that hold the text of errors',
    class: 'error.stack',
    code: `let e = new Error('x'); const kept = []; for (;;) { e = new Error(e.stack.slice(0, 1e6) + e.stack, { cause: e }); kept.push(e.stack); if (e.stack.length > 1e7) e = new Error('x') }`,
    limits: GROWS,
    ends: ['Memory'],
    from: 'ci',
  },
  {
    name: 'an error with ten million errors, thrown',
    class: 'error.stack',
    code: `let cause; for (let i = 0; i < 3e5; i++) cause = new Error('e', { cause }); throw new AggregateError(Array(1e6).fill(cause), 'all', { cause })`,
    limits: GROWS,
    ends: ['Memory'],
  },
];
