import type { Attempt } from './attempt.ts';

const SITES =
  'const sites = []; Error.prepareStackTrace = (e, s) => { for (const c of s) sites.push(c.getThis?.(), c.getFunction?.(), c.getFileName?.(), c.getEvalOrigin?.(), c.getScriptNameOrSourceURL?.(), c.getTypeName?.()); return s };';

/** Errors, stack traces, SuppressedError and `using`, thrown things without a prototype. */
export const ERRORS: readonly Attempt[] = [
  ['call sites of an own error', `${SITES} void new Error("x").stack; return sites`],
  [
    "call sites of a shim's error",
    `${SITES} try { new URL("nope") } catch (e) { void e.stack } return sites`,
  ],
  [
    'call sites out of a getter in fetch',
    `${SITES} try { await fetch("http://a/", { get method() { void new Error().stack; return "GET" } }) } catch (e) { void e.stack } return sites`,
  ],
  [
    'call sites of a host fault',
    `${SITES} try { await crypto.subtle.digest("nope", new Uint8Array()) } catch (e) { void e.stack } return sites`,
  ],
  [
    'call sites out of toJSON',
    `${SITES} console.log("%j", { toJSON() { void new Error().stack; return 1 } }); return sites`,
  ],
  [
    'call sites out of a proxy trap',
    `${SITES} console.log(new Proxy({}, { ownKeys() { void new Error().stack; return [] } })); return sites`,
  ],
  [
    'call sites of a timer',
    `${SITES} await new Promise((r) => setTimeout(() => { void new Error().stack; r() }, 1)); return sites`,
  ],
  [
    'call sites of a stack overflow in a shim',
    `${SITES} const f = () => { try { f() } catch { try { new URL("http://a/") } catch (e) { void e.stack } try { crypto.randomUUID() } catch (e) { void e.stack } } }; f(); return sites.slice(0, 500)`,
  ],
  [
    'captureStackTrace on console',
    'const o = {}; Error.captureStackTrace(o); Error.captureStackTrace(o, console.log); return o.stack',
  ],
  [
    'captureStackTrace in a getter of the platform',
    'const got = []; const o = { get signal() { const x = {}; Error.captureStackTrace(x); got.push(x.stack) } }; try { await fetch("http://a/", o) } catch (e) { got.push(e.stack) } return got',
  ],
  [
    'an endless stack limit',
    'Error.stackTraceLimit = 1e6; try { await crypto.subtle.importKey("raw", new Uint8Array(1), "x", false, []) } catch (e) { return [e.stack, e.message] }',
  ],
  [
    'prepareStackTrace as a trap for host errors',
    'const got = []; Error.prepareStackTrace = (e, s) => { got.push(e, e.constructor, s); return s }; try { await crypto.subtle.deriveBits({ name: "PBKDF2" }, {}, 1) } catch (e) { void e.stack } try { await fetch("http://a/") } catch (e) { void e.stack } return got',
  ],
  [
    'prepareStackTrace that throws',
    'Error.prepareStackTrace = () => { throw { __proto__: null } }; try { new URL("") } catch (e) { return e }',
  ],
  [
    'prepareStackTrace through Array.fromAsync',
    'const got = []; Error.prepareStackTrace = (e, s) => (got.push(e, ...s.map((c) => c.getThis())), s); try { await Array.fromAsync({ get [Symbol.asyncIterator]() { throw new Error("x") } }) } catch (e) { void e.stack } return got',
  ],
  [
    'a symbol as the name of an error',
    'const e = new Error(); e.name = Symbol(); const f = async () => e.stack; try { console.log(e); await f() } catch (x) { return [x, x.constructor.constructor("return this")()] }',
  ],
  [
    'a symbol as the message',
    'const e = new Error(); Object.defineProperty(e, "message", { get() { throw Symbol("m") } }); console.error(e); throw e',
  ],
  [
    'cause chains',
    'const got = []; const e = new Error("x", { get cause() { got.push(this); return console } }); console.log(e); return [got, e.cause]',
  ],
  [
    'cause of a host fault',
    'try { await fetch("http://a/") } catch (e) { return [e.cause, e.stack, Reflect.ownKeys(e)] }',
  ],
  [
    'AggregateError of host faults',
    'try { await Promise.any([fetch("http://a/"), crypto.subtle.digest("x", new Uint8Array())]) } catch (e) { return [e.errors, e.errors.map((x) => x.constructor.constructor("return typeof process")())] }',
  ],
  [
    'SuppressedError by using',
    'const got = []; try { using a = { [Symbol.dispose]() { got.push(this); throw 1 } }; throw new Error("x") } catch (e) { got.push(e, e.error, e.suppressed) } return got',
  ],
  [
    'SuppressedError over a shim',
    'try { using a = { [Symbol.dispose]() { new URL("no") } }; new Headers([["\\n", ""]]) } catch (e) { return [e, e.suppressed, e.error, e.constructor] }',
  ],
  [
    'await using over a host call',
    'try { await using a = { async [Symbol.asyncDispose]() { await fetch("http://a/") } }; await crypto.subtle.digest("x", new Uint8Array()) } catch (e) { return [e, e.suppressed, e.error] }',
  ],
  [
    'DisposableStack over the platform',
    'const s = new DisposableStack(); s.adopt(console, (c) => { throw c }); try { s.dispose() } catch (e) { return e }',
  ],
  ['a null-prototype throw', 'throw { __proto__: null, message: "x" }'],
  ['a null-prototype throw out of toJSON', 'return { toJSON() { throw { __proto__: null } } }'],
  [
    'a thrown proxy',
    'throw new Proxy({}, { get() { throw new Proxy({}, {}) }, getPrototypeOf() { throw 1 } })',
  ],
  ['a thrown function', 'throw console.log'],
  [
    'a thrown error with hostile getters',
    'const got = []; const e = Object.create(Error.prototype, { name: { get() { got.push(new Error().stack) } }, message: { get() { globalThis.got = got; throw got } }, stack: { get() { return { toString: 1 } } } }); console.log(e); throw e',
  ],
  [
    'an unhandled rejection',
    'Promise.reject({ __proto__: null }); Promise.reject(new Proxy({}, { get() { throw 1 } })); await 0; return 1',
  ],
  [
    'many unhandled rejections',
    'for (let i = 0; i < 1000; i++) Promise.reject(new Error("x" + i)); return 1',
  ],
  [
    'a rejected host call nobody handles',
    'fetch("http://a/"); crypto.subtle.digest("x", new Uint8Array()); await new Promise((r) => setTimeout(r, 2)); return 1',
  ],
  [
    'stack of a deep eval',
    'try { eval("eval(`eval(\\"null.x\\")`)") } catch (e) { return e.stack }',
  ],
  [
    "stack of generated code with the core's name",
    'try { (0, eval)("throw new Error(1)\\n//# sourceURL=cofferdam:core") } catch (e) { return e.stack }',
  ],
  [
    'Error.isError and friends',
    'return [Error.isError?.(console), Error.prototype.constructor("x").stack, new Error().stack]',
  ],
];
