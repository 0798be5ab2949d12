import type { Attempt } from './attempt.ts';

/** Constructor chains, prototypes, symbols, caller and callee, computed access to globals. */
export const REALM: readonly Attempt[] = [
  ['constructor of this', 'return this?.constructor.constructor("return process")()'],
  [
    'constructor of a literal',
    'return [].constructor.constructor("return this.process ?? require")()',
  ],
  ['constructor of an arrow', 'return (() => {}).constructor("return process.mainModule")()'],
  [
    'constructor of an async function',
    'return await (async () => {}).constructor("return process")()',
  ],
  [
    'constructor of a generator',
    'return (function* () {}).constructor("yield process")().next().value',
  ],
  [
    'constructor of an async generator',
    'return await (async function* () {}).constructor("yield require")().next()',
  ],
  [
    'constructor of console.log',
    'return console.log.constructor("return [typeof process, this]")()',
  ],
  ['constructor of input', 'return input.constructor.constructor("return process")()'],
  [
    'constructor of env',
    'return [env.constructor, env.__proto__, env.constructor.constructor("return globalThis")()]',
  ],
  [
    'constructor of a caught engine error',
    'try { null.x } catch (e) { return e.constructor.constructor("return process")() }',
  ],
  [
    'constructor of a range error',
    'const f = () => f(); try { f() } catch (e) { return [e, e.constructor.constructor("return this")()] }',
  ],
  [
    'prototype of the global object',
    'let o = globalThis; const all = []; while ((o = Object.getPrototypeOf(o))) all.push(o, ...Reflect.ownKeys(o)); return all',
  ],
  [
    '__proto__ of every console method',
    'return Object.values(console).map((f) => [f.__proto__, f.prototype, f.name])',
  ],
  [
    '__lookupGetter__ of __proto__',
    'const g = Object.prototype.__lookupGetter__("__proto__"); return [g.call(console.log), g.call(g.call(console))]',
  ],
  [
    'getters of lazy globals',
    'return Reflect.ownKeys(globalThis).map((k) => Object.getOwnPropertyDescriptor(globalThis, k)?.get)',
  ],
  [
    'getters of lazy globals, called with another this',
    'return Reflect.ownKeys(globalThis).map((k) => { try { return Object.getOwnPropertyDescriptor(globalThis, k).get?.call({ use: 1 }) } catch (e) { return e } })',
  ],
  [
    'setters of lazy globals',
    'for (const k of Reflect.ownKeys(globalThis)) { const d = Object.getOwnPropertyDescriptor(globalThis, k); d.set?.({ toString: 1 }) } return Reflect.ownKeys(globalThis).map((k) => globalThis[k])',
  ],
  ['everything from every global', 'return Reflect.ownKeys(globalThis).map((k) => globalThis[k])'],
  [
    'every global, twice',
    'const a = Reflect.ownKeys(globalThis).map((k) => globalThis[k]); return [a, Reflect.ownKeys(globalThis).map((k) => globalThis[k])]',
  ],
  [
    'computed names of the engine',
    'return ["pro" + "cess", "req" + "uire", "_ivm", "isolate", "$0", "$1", "$core", "core", "hooks", "boot", "$made", "module", "global"].map((k) => globalThis[k])',
  ],
  [
    'names in the scope of indirect eval',
    'return ["$core", "core", "hooks", "runText", "$made", "primordials", "loader"].map((n) => { try { return (0, eval)(n) } catch (e) { return e } })',
  ],
  [
    'names in the scope of direct eval',
    'return ["$0", "$1", "$core", "main", "code", "promise", "resolve", "fail"].map((n) => { try { return eval(n) } catch (e) { return e } })',
  ],
  [
    'names in the scope of Function',
    'return ["$0", "$core", "settle", "hostCall", "list"].map((n) => { try { return Function("return " + n)() } catch (e) { return e } })',
  ],
  ['callee', 'return (function () { return [arguments.callee, arguments.callee.caller] })()'],
  [
    'caller chain',
    'function f() { let c = f.caller; const all = []; for (let i = 0; c && i < 20; i++) { all.push(c, c.arguments); c = c.caller } return all } return f()',
  ],
  [
    'caller out of toJSON',
    'const got = []; const o = { toJSON: function f() { got.push(f.caller, f.arguments, arguments.callee.caller); return 1 } }; console.log("%j", o); return got',
  ],
  [
    'caller out of a getter under console',
    'const got = []; const o = { get x() { const d = Object.getOwnPropertyDescriptor(o, "x").get; got.push(d.caller); return 1 } }; console.log(o); console.table([o]); return got',
  ],
  [
    'caller out of toString under a shim',
    'const got = []; const o = { toString: function f() { got.push(f.caller, f.arguments); return "a" } }; try { new URL(o) } catch {} try { btoa(o) } catch {} return got',
  ],
  [
    'caller out of valueOf',
    'const got = []; const o = { valueOf: function f() { got.push(f.caller); return 1 } }; try { setTimeout(() => {}, o) } catch {} try { Buffer.alloc(o) } catch {} return got',
  ],
  ['arguments of builtins', 'return [console.log.arguments, console.log.caller]'],
  [
    'caller of the outer function',
    'return (function f() { return [f.caller, f.caller?.caller, f.caller?.arguments] })()',
  ],
  [
    'hasInstance',
    'const got = []; const C = { [Symbol.hasInstance](v) { got.push(v); return true } }; try { got.push({} instanceof C, Object(C) instanceof C) } catch {} return got',
  ],
  [
    'hasInstance on built-in constructors',
    'const got = []; for (const C of [Promise, Array, Error, Map, Uint8Array]) try { Object.defineProperty(C, Symbol.hasInstance, { value: (v) => (got.push(v), true) }) } catch {} console.log(new Error("x"), new Map()); return got',
  ],
  [
    'toPrimitive into a shim',
    'const got = []; const o = { [Symbol.toPrimitive](...a) { got.push(a, this, new Error().stack); return "http://a/" } }; try { new URL(o) } catch {} try { await fetch(o) } catch {} try { atob(o) } catch {} return got',
  ],
  [
    'toStringTag over the host objects',
    'return [console, crypto, fetch].map((o) => [Object.prototype.toString.call(o), Reflect.ownKeys(o)])',
  ],
  [
    'isConcatSpreadable',
    'const got = []; try { Object.defineProperty(Object.prototype, Symbol.isConcatSpreadable, { get() { got.push(this); return true }, configurable: true }) } catch {} try { new Headers([["a", "b"]]) } catch {} console.log([1]); return got',
  ],
  [
    'unscopables with a sloppy with',
    'return Function("with (globalThis) { return [typeof process, typeof require, this] }")()',
  ],
  [
    'Symbol.for of Node',
    'return ["nodejs.util.inspect.custom", "nodejs.util.promisify.custom", "nodejs.rejection", "nodejs.webstream.kControllerErrorFunction", "nodejs.event_target"].map((n) => [globalThis[Symbol.for(n)], console[Symbol.for(n)]])',
  ],
  [
    'inspect.custom is handed an inspector',
    'const got = []; console.log({ [Symbol.for("nodejs.util.inspect.custom")](...a) { got.push(a); return a[2]?.constructor } }); console.dir({ [Symbol.for("nodejs.util.inspect.custom")](...a) { got.push(a) } }, { showProxy: true }); return got',
  ],
  ['a shadow realm', 'return new ShadowRealm().evaluate("typeof process")'],
  [
    'shared memory from a constructor',
    'return [globalThis.SharedArrayBuffer, globalThis.WebAssembly, Object.getOwnPropertyNames(Atomics)]',
  ],
  [
    'WebAssembly from a prototype',
    'return (0, eval)("this.WebAssembly ?? Function(`return WebAssembly`)()")',
  ],
];
