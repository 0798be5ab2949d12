import type { Attempt } from './attempt.ts';

const CALLS =
  'const calls = () => Promise.allSettled([crypto.subtle.digest("SHA-256", new Uint8Array(4)), fetch("http://a/"), crypto.subtle.digest("x", new Uint8Array())]);';

/** Promises, species, thenables, iterators, proxies and what they are handed by the platform. */
export const PROMISES: readonly Attempt[] = [
  [
    'then of every promise',
    `${CALLS} const got = []; const then = Promise.prototype.then; Promise.prototype.then = function (...a) { got.push(this, a); return then.apply(this, a) }; await calls(); return got`,
  ],
  [
    'constructor of every promise',
    `${CALLS} const got = []; Object.defineProperty(Promise.prototype, "constructor", { get() { got.push(this); return function (x) { x((v) => got.push(v), (v) => got.push(v)) } }, configurable: true }); try { void calls() } catch {} return got`,
  ],
  [
    'species of Promise',
    `${CALLS} const got = []; Object.defineProperty(Promise, Symbol.species, { get() { got.push(this); return class extends Promise { constructor(x) { super((a, b) => { got.push(a, b); x(a, b) }) } } }, configurable: true }); await calls(); return got`,
  ],
  [
    'a getter for then on Object.prototype',
    `${CALLS} const got = []; Object.defineProperty(Object.prototype, "then", { get() { got.push(this) }, configurable: true }); await calls(); delete Object.prototype.then; return got`,
  ],
  [
    'a getter for then on Array.prototype',
    `${CALLS} const got = []; Object.defineProperty(Array.prototype, "then", { get() { got.push(this) }, configurable: true }); await calls(); delete Array.prototype.then; return got`,
  ],
  [
    'static methods of Promise',
    `${CALLS} const got = []; for (const k of ["resolve", "reject", "withResolvers", "all", "race"]) { const f = Promise[k]; Promise[k] = function (...a) { got.push(k, this, a); return f.apply(this, a) } } await calls(); return got`,
  ],
  [
    'a replaced Promise',
    `${CALLS} const got = []; const P = Promise; globalThis.Promise = class extends P { constructor(x) { super(x); got.push(this, x) } }; try { await calls() } catch {} return got`,
  ],
  [
    'stolen statics',
    'const r = Promise.resolve.call(function (x) { x(console.log, (e) => e) }, crypto); return r',
  ],
  [
    'try and withResolvers of a foreign constructor',
    'const got = []; function C(x) { got.push(x); x(() => {}, () => {}) } try { Promise.withResolvers.call(C); Promise.try?.call(C, console.log) } catch {} return got',
  ],
  [
    'a thenable as the result',
    'return { then(a, b) { a({ a, b, c: a.constructor("return typeof process")() }) } }',
  ],
  [
    'a thenable into fetch',
    'const got = []; try { await fetch({ then(...a) { got.push(a) }, toString: () => "http://a/" }, { body: { then: 1 }, method: "POST" }) } catch (e) { got.push(e) } return got',
  ],
  [
    'a promise that is its own constructor',
    'const p = Promise.resolve(1); p.constructor = p; return p',
  ],
  [
    "constructor of the run's own promise",
    'const got = []; const d = Object.getOwnPropertyDescriptor(Promise.prototype, "constructor"); try { Object.defineProperty(Promise.prototype, "constructor", { ...d, value: class { constructor(x) { got.push(x) } } }) } catch {} return got',
  ],
  [
    'async iterators of the platform',
    'const got = []; try { const r = new Response("abc"); for await (const c of r.body) got.push(c, c.buffer, c.constructor) } catch (e) { got.push(e) } return got',
  ],
  [
    'iterator protocol of Array.prototype',
    `${CALLS} const got = []; const it = Array.prototype[Symbol.iterator]; Array.prototype[Symbol.iterator] = function () { got.push(this); return it.call(this) }; await calls(); console.log([1], new Map([[1, 2]])); try { new Headers({ a: "b" }) } catch {} return got`,
  ],
  [
    'next of the array iterator',
    `${CALLS} const got = []; const p = Object.getPrototypeOf([][Symbol.iterator]()); const n = p.next; p.next = function () { const r = n.call(this); got.push(r); return r }; await calls(); return got`,
  ],
  [
    'next of the async generator',
    'const got = []; const p = Object.getPrototypeOf((async function* () {}).prototype); const n = p.next; try { p.next = function (...a) { got.push(this, a); return n.apply(this, a) }; await new Response("x").text() } catch {} return got',
  ],
  [
    'species of arrays',
    'const got = []; class A extends Array { static get [Symbol.species]() { return function (n) { const a = []; got.push(a); return a } } } const a = A.from([1, 2]); console.log(a.map((x) => x), a.concat(console)); return got',
  ],
  [
    'an array species that returns itself',
    'const a = [console]; a.constructor = { [Symbol.species]: function () { return a } }; return [a.map((x) => x), a.concat([crypto]), a.splice(0, 1)]',
  ],
  [
    'species of buffers',
    'const got = []; class B extends Uint8Array { static get [Symbol.species]() { return function (...x) { got.push(x); return new Uint8Array(64) } } } try { got.push(await crypto.subtle.digest("SHA-256", new B(8)), new Response(new B(4)).body) } catch (e) { got.push(e) } return got',
  ],
  [
    'species of ArrayBuffer',
    'const got = []; Object.defineProperty(ArrayBuffer, Symbol.species, { get() { got.push(this); return class extends ArrayBuffer {} }, configurable: true }); got.push(await crypto.subtle.digest("SHA-256", new Uint8Array(4))); return got',
  ],
  [
    'a proxy around every argument',
    'const got = []; const p = (v) => new Proxy(v, { get(t, k, r) { got.push([t, k, r]); const x = Reflect.get(t, k); return typeof x === "function" ? x.bind(t) : x }, getPrototypeOf(t) { got.push(t); return Reflect.getPrototypeOf(t) } }); try { await fetch(p({ toString: () => "http://a/" }), p({ headers: p({}) })) } catch (e) { got.push(e) } try { await crypto.subtle.digest(p({ name: "SHA-1" }), p(new Uint8Array(3))) } catch (e) { got.push(e) } return got',
  ],
  [
    'a proxy that traps everything under console',
    'const got = []; const h = new Proxy({}, { get: (_, k) => (...a) => { got.push([k, a]); return Reflect[k](...a) } }); console.log(new Proxy({}, h), new Proxy([], h), new Proxy(() => {}, h), new Proxy(new Error("x"), h)); return got',
  ],
  [
    'a revoked proxy',
    'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); console.log(proxy); console.table([proxy]); console.dir(proxy); try { new URL(proxy) } catch (e) { return [e] }',
  ],
  [
    'a proxy as the result',
    'return new Proxy({}, { ownKeys: () => ["a"], getOwnPropertyDescriptor: (t, k) => ({ value: { t, k, s: new Error().stack }, enumerable: true, configurable: true }), get: (t, k, r) => (k === "toJSON" ? undefined : { stack: new Error().stack }) })',
  ],
  [
    'a proxy for a prototype of console',
    'const got = []; try { Object.setPrototypeOf(console, new Proxy({}, { get(t, k, r) { got.push(t, r); return undefined } })); console.log("x"); console.nope } catch (e) { got.push(e) } return got',
  ],
  [
    "a proxy as the global's prototype",
    'const got = []; try { Object.setPrototypeOf(globalThis, new Proxy({}, { get(t, k, r) { got.push(k, r) }, has(t, k) { got.push(k); return false } })); void globalThis.nope; await fetch("http://a/") } catch (e) { got.push(e) } return got',
  ],
  [
    'generators as arguments',
    'const got = []; function* g() { got.push(yield ["a", "b"]) } try { got.push([...new Headers(g())], new URLSearchParams(g())) } catch (e) { got.push(e) } return got',
  ],
  [
    'queueMicrotask with a bound host function',
    'queueMicrotask(console.log.bind(null, console)); await 0; return queueMicrotask.constructor("return typeof process")()',
  ],
];
