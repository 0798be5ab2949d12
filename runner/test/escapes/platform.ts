import type { Attempt } from './attempt.ts';

/** Host functions with hostile arguments, modules, memory, hostile results and lines. */
export const PLATFORM: readonly Attempt[] = [
  ['dynamic import of a built-in', 'return await import("node:fs")'],
  ['dynamic import of a file', 'return await import("file:///etc/passwd")'],
  ['dynamic import of data', 'return await import("data:text/javascript,export default 1")'],
  ['dynamic import out of eval', 'return await (0, eval)("import(\'node:process\')")'],
  ['dynamic import out of Function', 'return await Function("return import(\'node:vm\')")()'],
  [
    'dynamic import of an object',
    'const got = []; try { await import({ toString() { got.push(new Error().stack); return "fs" } }) } catch (e) { got.push(e) } return got',
  ],
  [
    'dynamic import with hostile attributes',
    'const got = []; try { await import("x", { with: new Proxy({}, { ownKeys() { got.push(1); return ["type"] }, getOwnPropertyDescriptor: () => ({ value: "json", enumerable: true, configurable: true }), get: () => "json" }) }) } catch (e) { got.push(e) } return got',
  ],
  [
    'built-ins of Node by name',
    'return ["module", "worker_threads", "cluster", "vm", "repl", "inspector", "trace_events", "wasi", "fs", "child_process", "Buffer"].map((n) => globalThis[n])',
  ],
  [
    "Buffer's pool",
    'return typeof Buffer === "undefined" ? null : [Buffer.from("a").buffer.byteLength, [...new Uint8Array(Buffer.allocUnsafe?.(4096)?.buffer ?? 0)].filter((b) => b).length, Buffer.poolSize]',
  ],
  ['an unbounded Buffer', 'try { return Buffer.alloc(2 ** 31).length } catch (e) { return e }'],
  [
    'an unbounded typed array',
    'try { return new Uint8Array(2 ** 33).length } catch (e) { return e }',
  ],
  [
    'a huge string into a shim',
    'try { return new URL("http://a/" + "a".repeat(2 ** 24)).href.length } catch (e) { return e }',
  ],
  [
    'digest of hostile algorithms',
    'const got = []; for (const a of [null, undefined, {}, [], { name: {} }, { name: "__proto__" }, "constructor", Symbol.iterator, 1n, { get name() { return { toString: () => "SHA-1" } } }]) try { got.push(await crypto.subtle.digest(a, new Uint8Array(1))) } catch (e) { got.push(e, e.stack) } return got',
  ],
  [
    'hostile keys',
    'const got = []; for (const k of [null, {}, { id: 0 }, { __proto__: { id: 1 } }, "1", -1, NaN, new Proxy({}, {})]) for (const m of ["sign", "exportKey", "encrypt"]) try { got.push(await crypto.subtle[m](m === "exportKey" ? "raw" : "HMAC", k, new Uint8Array(1))) } catch (e) { got.push(e, e.stack) } return got',
  ],
  [
    'a key that was not given',
    'const k = await crypto.subtle.importKey("raw", new Uint8Array(16), "AES-GCM", false, ["encrypt"]); const got = [k, Reflect.ownKeys(k)]; try { got.push(await crypto.subtle.exportKey("raw", k)) } catch (e) { got.push(e) } const fake = Object.create(Object.getPrototypeOf(k), Object.getOwnPropertyDescriptors(k)); try { got.push(await crypto.subtle.exportKey("raw", fake)) } catch (e) { got.push(e) } return got',
  ],
  [
    'random into views of everything',
    'const got = []; for (const v of [new Float64Array(1), new DataView(new ArrayBuffer(1)), [], {}, null, new Uint8Array(65537), new Uint8Array(0), new Proxy(new Uint8Array(1), {}), new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 }))]) try { got.push(crypto.getRandomValues(v)) } catch (e) { got.push(e) } return got',
  ],
  [
    'a detached buffer',
    'const b = new ArrayBuffer(8); const v = new Uint8Array(b); b.transfer(); const got = []; try { got.push(await crypto.subtle.digest("SHA-1", v)) } catch (e) { got.push(e) } try { got.push(await fetch("http://a/", { method: "POST", body: v })) } catch (e) { got.push(e) } return got',
  ],
  [
    'a buffer that shrinks while it is read',
    'const b = new ArrayBuffer(64, { maxByteLength: 64 }); const v = new Uint8Array(b); try { return await crypto.subtle.digest({ get name() { b.resize(0); return "SHA-1" } }, v) } catch (e) { return e }',
  ],
  [
    'fetch of local things',
    'const got = []; for (const u of ["file:///etc/passwd", "data:text/plain,hi", "blob:x", "http://127.0.0.1/", "http://169.254.169.254/", "http://[::1]/", "unix:///tmp/x", "about:blank", "javascript:1"]) try { got.push(await (await fetch(u)).text()) } catch (e) { got.push(e) } return got',
  ],
  [
    'hostile headers',
    'const got = []; for (const h of [{ "a\\r\\nb": "c" }, { a: "b\\r\\nc: d" }, { "": "x" }, [["a"]], [["a", "b", "c"]], { host: "x", cookie: "y" }]) try { got.push(await fetch("http://a/", { headers: h })) } catch (e) { got.push(e) } return got',
  ],
  [
    'hostile methods',
    'const got = []; for (const m of ["CONNECT", "TRACE", "GET / HTTP/1.1\\r\\n", {}, Symbol(), ""]) try { got.push(await fetch("http://a/", { method: m })) } catch (e) { got.push(e) } return got',
  ],
  [
    'timers with hostile arguments',
    'const got = []; for (const f of ["process", null, {}, Symbol()]) try { got.push(setTimeout(f, 0)) } catch (e) { got.push(e) } for (const d of [-1, NaN, 2 ** 53, "x", {}]) got.push(setTimeout(function () { got.push(this, arguments) }, d)); await new Promise((r) => setTimeout(r, 5)); return got',
  ],
  [
    'this of a timer',
    'return await new Promise((r) => setTimeout(function () { r([this, arguments.callee?.caller]) }, 0))',
  ],
  [
    'structuredClone of everything',
    'const got = []; for (const v of [console, crypto, fetch, globalThis, new Error("x"), new Proxy({}, {}), Symbol(), new WeakMap(), Promise.resolve()]) try { got.push(structuredClone(v)) } catch (e) { got.push(e) } return got',
  ],
  [
    'structuredClone that transfers',
    'const b = new ArrayBuffer(8); const got = [structuredClone({ b }, { transfer: [b] })]; try { got.push(structuredClone({ b }, { transfer: [b, b] })) } catch (e) { got.push(e) } return got',
  ],
  [
    'events that carry the platform',
    'const got = []; const t = new EventTarget(); t.addEventListener("x", { handleEvent(...a) { got.push(this, a) } }); t.dispatchEvent(new CustomEvent("x", { detail: console })); return got',
  ],
  [
    'abort reasons',
    'const got = []; const c = new AbortController(); c.signal.addEventListener("abort", (e) => got.push(e, e.target)); c.abort({ __proto__: null }); try { await fetch("http://a/", { signal: c.signal }) } catch (e) { got.push(e) } return got',
  ],
  [
    'handles after every group has loaded',
    'const all = new Set(); const walk = (o, d) => { if (Object(o) !== o || all.has(o) || d > 8) return; all.add(o); for (const k of Reflect.ownKeys(o)) { const p = Object.getOwnPropertyDescriptor(o, k); walk(p.value, d + 1); walk(p.get, d + 1); walk(p.set, d + 1) } walk(Object.getPrototypeOf(o), d + 1) }; for (const k of Reflect.ownKeys(globalThis)) walk(globalThis[k], 0); return [...all]',
  ],
  [
    'handles on fresh instances',
    'const got = [new URL("http://a/"), new Headers(), new Request("http://a/"), new Response("x"), new AbortController().signal, crypto.subtle, new TextDecoder(), crypto.randomUUID()]; return got.flatMap((o) => [o, ...Reflect.ownKeys(Object(o)).map((k) => o[k]), Object.getPrototypeOf(Object(o))])',
  ],
  [
    'a result with hostile getters',
    'const got = []; return { get a() { got.push(new Error().stack); return got }, toJSON: undefined, [Symbol.toPrimitive]: 1 }',
  ],
  [
    'a result that changes the platform while it is read',
    'return { get a() { Array.prototype.push = null; JSON.stringify = () => { throw 1 }; Object.keys = () => ["process"]; return 1 }, b: { toJSON() { return { c: new Error().stack } } } }',
  ],
  ['a result too deep', 'let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; return o'],
  [
    'FinalizationRegistry',
    'const got = []; const r = new FinalizationRegistry((v) => got.push(v)); for (let i = 0; i < 1e4; i++) r.register({}, console); await new Promise((f) => setTimeout(f, 2)); return got',
  ],
  [
    'WeakRef to the platform',
    'return [new WeakRef(console).deref(), new WeakRef(fetch).deref(), new WeakRef(globalThis).deref()]',
  ],
  [
    'console with hostile formats',
    'console.log("%s%d%i%f%j%o%O%c%%", Symbol(), 1n, {}, [], console, globalThis, crypto); console.table(globalThis); console.dir(globalThis, { depth: Infinity, showHidden: true, showProxy: true }); console.group({}); console.count({ toString: null }); console.time(Symbol()); console.trace(); return 1',
  ],
  [
    "console's receiver",
    'const got = []; for (const k of Object.keys(console)) try { got.push(console[k].call(new Proxy({}, { get: (t, p) => got.push(p) }), "x")) } catch (e) { got.push(e) } return got',
  ],
  [
    'Intl and Date of the host',
    'return [Intl.DateTimeFormat().resolvedOptions().locale, new Date().toString().includes("process"), Object.getOwnPropertyNames(Intl)]',
  ],
  [
    'Atomics that wait',
    'try { return Atomics.wait(new Int32Array(new ArrayBuffer(4)), 0, 0, 1) } catch (e) { return e }',
  ],
];
