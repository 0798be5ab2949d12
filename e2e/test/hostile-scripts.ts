import type { ErrorCode } from '@cofferdam/protocol';

/** A script that means harm, and the catalogue's code of what it comes to. */
export interface HostileScript {
  what: string;
  code: string;
  /** In an isolate and on Deno; `Completed` where it does no harm. */
  ends: Ending;
  /** On Deno, where that differs. */
  onDeno?: Ending;
  /** Fields of /execute; Deno gets those that it has. */
  body?: { preset?: string; timeout?: number; limits?: Record<string, number> };
}

type Ending = ErrorCode | 'Completed';

const MiB = 1024 * 1024;
/** Each with one limit that can be reached: under load a loop must not end by its wall time. */
const CPU = { timeout: 20_000, limits: { cpuTimeMs: 100 } };
const WAITS = { timeout: 150 };
const HEAP = { timeout: 20_000, limits: { memoryBytes: 32 * MiB } };
const LONG = { timeout: 20_000 };

const nested = (open: string, close: string) => open.repeat(100_000) + '1' + close.repeat(100_000);

const SOURCES: HostileScript[] = [
  ['100,000 nested parentheses', `return ${nested('(', ')')}`],
  ['100,000 nested brackets', `return ${nested('[', ']')}`],
  ['100,000 nested objects', `return ${nested('{a:', '}')}`],
  ['100,000 nested templates', `return ${nested('`${', '}`')}`],
  ['100,000 nested blocks', nested('{', '}')],
  ['100,000 operators', `return ${nested('!', '')}`],
  ['100,000 additions', `return ${nested('1+', '')}`],
  ['100,000 nested types', `type A = ${nested('[', ']')}; return 1`],
  ['100,000 nested groups of a regular expression', `return /${nested('(', ')')}/.test("")`],
  ['nested parentheses in a module', `export default ${nested('(', ')')}`],
  ['source that does not parse', 'return ('],
].map(([what, code]) => ({ what: what!, code: code!, ends: 'COMPILE_ERROR' }));

const LOOPS: HostileScript[] = [
  ['an endless loop', 'for (;;);'],
  ['an endless loop behind an await', 'await null; for (;;);'],
  ['microtasks without end', 'const again = () => Promise.resolve().then(again); await again()'],
  ['a loop that catches', 'for (;;) { try { for (;;); } catch {} finally { continue } }'],
  ['a catastrophic regular expression', 'return /^(a+)+$/.test("a".repeat(40) + "!")'],
  ['recursion that catches itself', 'const f = () => { try { f() } finally { f() } }; f()'],
  ['Error.prepareStackTrace', 'Error.prepareStackTrace = () => { for (;;); }; throw new Error()'],
  [
    'a thrown proxy',
    'throw new Proxy({}, { get() { for (;;); }, getPrototypeOf() { for (;;); } })',
  ],
  [
    'a thrown object with toString',
    'throw { toString() { for (;;); }, get message() { for (;;); } }',
  ],
  ['a result with toJSON', 'return { toJSON() { for (;;); } }'],
  ['a result with a getter', 'return { get a() { for (;;); } }'],
  ['a result that is a proxy', 'return new Proxy({}, { ownKeys() { for (;;); } })'],
  ['a result with a getter `then`', 'return { get then() { for (;;); } }'],
  ['a result whose `then` is itself', 'const o = { then(r) { r(o) } }; return o'],
  ['a console flood without end', 'for (;;) console.error("x".repeat(1000))'],
].map(([what, code]) => ({ what: what!, code: code!, ends: 'CPU_TIME_EXCEEDED', body: CPU }));

const WAITING: HostileScript[] = [
  ['a promise that never settles', 'await new Promise(() => {})'],
  ['a thenable that never settles', 'return { then() {} }'],
  ['a module that never settles', 'export default await new Promise(() => {})'],
].map(([what, code]) => ({ what: what!, code: code!, ends: 'WALL_TIME_EXCEEDED', body: WAITS }));

const TIMERS: HostileScript[] = [
  {
    what: 'a million timers',
    code: 'for (let i = 0; i < 1e6; i++) setTimeout(() => {}, 1e6); await new Promise(() => {})',
    ends: 'MEMORY_EXCEEDED',
    body: { ...HEAP, preset: 'web' },
  },
  {
    what: 'ten thousand intervals of no time',
    code: 'for (let i = 0; i < 1e4; i++) setInterval(() => {}, 0); await new Promise(() => {})',
    ends: 'CPU_TIME_EXCEEDED',
    body: { ...CPU, preset: 'web' },
  },
];

const MEMORY: HostileScript[] = [
  ['heap growth', 'const a = []; for (;;) a.push([a.length])'],
  ['growth of strings', 'const a = []; for (;;) a.push("x".repeat(1e6) + a.length)'],
  ['ArrayBuffer growth', 'const a = []; for (;;) a.push(new Uint8Array(1e7).fill(1))'],
  [
    'a resizable ArrayBuffer',
    'const b = new ArrayBuffer(1, { maxByteLength: 2 ** 33 }); b.resize(2 ** 32); new Uint8Array(b).fill(1)',
  ],
  ['an iterator without end', 'return Array.from({ *[Symbol.iterator]() { for (;;) yield 1 } })'],
  ['a message of 100 MB', 'throw new Error("x".repeat(1e8))'],
].map(([what, code]) => ({ what: what!, code: code!, ends: 'MEMORY_EXCEEDED', body: HEAP }));

const CRASHES: HostileScript[] = [
  {
    what: 'an array too large for V8',
    code: 'return "a".repeat(2e8).split("").length',
    ends: 'ENGINE_CRASH',
    // So much that the crash comes before the memory is missed.
    body: { ...LONG, limits: { memoryBytes: 512 * MiB } },
  },
  {
    what: 'WebAssembly memory',
    code: 'const a = []; for (;;) { const m = new WebAssembly.Memory({ initial: 999 }); new Uint8Array(m.buffer).fill(1); a.push(m) }',
    ends: 'EXCEPTION',
    onDeno: 'MEMORY_EXCEEDED',
    body: HEAP,
  },
  {
    what: 'Atomics.wait',
    code: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)',
    ends: 'EXCEPTION',
    onDeno: 'WALL_TIME_EXCEEDED',
    body: WAITS,
  },
];

const THROWN: HostileScript[] = [
  ['an endless recursion', 'const f = () => f() + 1; return f()'],
  ['a recursive getter', 'const o = { get a() { return this.a } }; return o.a'],
  ['a stack trace without limit', 'Error.stackTraceLimit = Infinity; const f = () => f() + 1; f()'],
  ['a revoked proxy', 'const r = Proxy.revocable({}, {}); r.revoke(); throw r.proxy'],
  [
    'a proxy that throws',
    'throw new Proxy(new Error(), { get() { throw 1 }, getPrototypeOf() { throw 2 } })',
  ],
  [
    'an error whose fields throw',
    'throw Object.defineProperties(new Error(), { message: { get() { throw 1 } }, stack: { get() { throw 2 } }, name: { get() { throw 3 } } })',
  ],
  [
    '100,000 causes',
    'let e = new Error(); for (let i = 0; i < 1e5; i++) e = new Error("x", { cause: e }); throw e',
  ],
  [
    '100,000 errors in one',
    'throw new AggregateError(Array.from({ length: 1e5 }, () => new Error()), "many")',
  ],
  ['nothing', 'throw undefined'],
  ['a symbol', 'throw Symbol("s")'],
].map(([what, code]) => ({ what: `throws: ${what}`, code: code!, ends: 'EXCEPTION', body: LONG }));

const RESULTS: HostileScript[] = [
  ['a result of 5 MB', 'return "x".repeat(5e6)', 'OUTPUT_EXCEEDED'],
  [
    'a result of a million items',
    'return Array.from({ length: 1e6 }, () => "x")',
    'OUTPUT_EXCEEDED',
  ],
  ['an array of four billion holes', 'return new Array(2 ** 32 - 1)', 'OUTPUT_EXCEEDED'],
  ['an export of 5 MB', 'export const a = "x".repeat(5e6)', 'OUTPUT_EXCEEDED'],
  [
    'one array 2^64 times',
    'let a = ["x"]; for (let i = 0; i < 64; i++) a = [a, a]; return a',
    'OUTPUT_EXCEEDED',
  ],
  [
    'a result 100,000 deep',
    'let a = 1; for (let i = 0; i < 1e5; i++) a = [a]; return a',
    'RESULT_NOT_PLAIN',
  ],
  [
    'toJSON that answers itself',
    'const o = { toJSON() { return o } }; return o',
    'RESULT_NOT_PLAIN',
  ],
  [
    'toJSON that goes deeper',
    'const o = { toJSON() { return { a: o } } }; return o',
    'RESULT_NOT_PLAIN',
  ],
  [
    'getters without end',
    'const f = () => ({ get a() { return f() } }); return f()',
    'RESULT_NOT_PLAIN',
  ],
  ['a function', 'return { items: [() => 1] }', 'RESULT_NOT_PLAIN'],
].map(([what, code, ends]) => ({ what: what!, code: code!, ends: ends as ErrorCode, body: LONG }));

/** Run in an isolate and on Deno alike. */
export const HOSTILE_SCRIPTS: HostileScript[] = [
  ...SOURCES,
  ...LOOPS,
  ...WAITING,
  ...TIMERS,
  ...MEMORY,
  ...CRASHES,
  ...THROWN,
  ...RESULTS,
];

/** Spellings of the end of a process: on Deno some are that, for the run's own process alone. */
export const EXIT_TRICKS: [code: string, onDeno: Ending][] = [
  ['process.exit(1)', 'ENGINE_CRASH'],
  ['process.abort()', 'ENGINE_CRASH'],
  ['process.reallyExit(0)', 'ENGINE_CRASH'],
  ['process.kill(process.pid, 9)', 'ENGINE_CRASH'],
  ['process.kill(process.ppid, 9)', 'EXCEPTION'],
  // Signal 0 only asks whether one may: should it ever be so, the tests are not what ends.
  ['process.kill(-1, 0)', 'EXCEPTION'],
  ['process.kill(0, 0)', 'EXCEPTION'],
  ['Deno.exit(0)', 'ENGINE_CRASH'],
  ['Deno.kill(Deno.pid, "SIGKILL")', 'ENGINE_CRASH'],
  ['Deno.kill(Deno.pid, "SIGSTOP")', 'WALL_TIME_EXCEEDED'],
  ['Deno.kill(Deno.ppid, "SIGKILL")', 'EXCEPTION'],
  ['new Deno.Command("true").outputSync()', 'EXCEPTION'],
  ['Deno[Deno.internal].core.ops.op_exit()', 'ENGINE_CRASH'],
  ['require("process").exit(1)', 'EXCEPTION'],
  ['(await import("node:process")).exit(1)', 'ENGINE_CRASH'],
  ['(await import("node:child_process")).execSync("kill -9 $PPID")', 'EXCEPTION'],
  ['(await import("node:worker_threads")).parentPort.close()', 'EXCEPTION'],
  ['(0, eval)("process.exit(1)")', 'ENGINE_CRASH'],
  ['new Function("process.exit(1)")()', 'ENGINE_CRASH'],
  ['console.log.constructor("return process")().exit(1)', 'ENGINE_CRASH'],
  ['(async () => {}).constructor("process.exit(1)")(); await null; throw 1', 'ENGINE_CRASH'],
  ['this.constructor.constructor("return this")().process.exit(1)', 'ENGINE_CRASH'],
  [
    'Error.prepareStackTrace = (_, s) => s[0].getThis(); new Error().stack.process.exit(1)',
    'ENGINE_CRASH',
  ],
  ['process.binding("spawn_sync").spawn({})', 'EXCEPTION'],
  ['globalThis.close(); throw 1', 'EXCEPTION'],
  ['quit()', 'EXCEPTION'],
];
