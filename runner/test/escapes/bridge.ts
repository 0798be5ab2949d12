import type { Attempt } from './attempt.ts';

/** Whatever crosses: arguments, answers, lists, records, group loading. */
const CALLS =
  'const calls = async () => { try { await crypto.subtle.digest("SHA-256", new Uint8Array(4)) } catch {} try { await fetch("http://a/", { headers: { a: "b" } }) } catch {} try { new URL("http://a/b?c").searchParams.get("c") } catch {} try { crypto.randomUUID() } catch {} console.log("%j", { a: [1] }, new Map([[1, 2]])) };';
const accessors = (keys: string, on: string) =>
  `${CALLS} const got = []; for (const k of ${keys}) try { Object.defineProperty(${on}, k, { get() { got.push(this); return undefined }, set(v) { got.push(this, v); Object.defineProperty(this, k, { value: v, writable: true, configurable: true, enumerable: true }) }, configurable: true }) } catch {} await calls(); for (const k of ${keys}) delete ${on}[k]; return got`;
const patched = (names: string, on: string) =>
  `${CALLS} const got = []; const saved = {}; for (const k of ${names}) { saved[k] = ${on}[k]; try { ${on}[k] = function (...a) { got.push(this, ...a); return Reflect_apply(saved[k], this, a) } } catch {} } await calls(); for (const k of ${names}) try { ${on}[k] = saved[k] } catch {} return got`.replace(
    'const got',
    'const Reflect_apply = Reflect.apply; const got',
  );

export const BRIDGE: readonly Attempt[] = [
  ['setters by index on Array.prototype', accessors('[0, 1, 2, 3, 4, 5, 6, 7]', 'Array.prototype')],
  ['setters by index on Object.prototype', accessors('[0, 1, 2, 3, 4]', 'Object.prototype')],
  [
    'names of an answer on Object.prototype',
    accessors(
      '["ok", "json", "bytes", "name", "message", "head", "done", "id"]',
      'Object.prototype',
    ),
  ],
  [
    'names of the hooks on Object.prototype',
    accessors(
      '["apply", "call", "callSync", "log", "loadGroup", "hostCall", "core", "use", "fail"]',
      'Object.prototype',
    ),
  ],
  [
    'options of a reference on Object.prototype',
    accessors(
      '["arguments", "result", "promise", "copy", "reference", "externalCopy", "transferIn", "timeout", "release", "filename"]',
      'Object.prototype',
    ),
  ],
  [
    'fields of a descriptor on Object.prototype',
    `${CALLS} const got = []; Object.prototype.get = function () { got.push(this); return console }; Object.prototype.set = function (v) { got.push(v) }; await calls(); delete Object.prototype.get; delete Object.prototype.set; return got`,
  ],
  [
    'value and writable on Object.prototype',
    accessors('["value", "writable", "enumerable", "configurable"]', 'Object.prototype'),
  ],
  [
    'options of fetch on Object.prototype',
    accessors(
      '["method", "headers", "body", "signal", "redirect", "url", "hasBody", "status", "signal"]',
      'Object.prototype',
    ),
  ],
  [
    'names of primordials on Object.prototype',
    accessors(
      '["primordials", "$core", "realm", "construct", "promiseThen", "ownKeys"]',
      'Object.prototype',
    ),
  ],
  [
    'toJSON on Object.prototype',
    `${CALLS} const got = []; Object.prototype.toJSON = function (k) { got.push(this, k); return this }; Array.prototype.toJSON = Object.prototype.toJSON; await calls(); delete Object.prototype.toJSON; delete Array.prototype.toJSON; return got`,
  ],
  ['JSON', patched('["parse", "stringify"]', 'JSON')],
  [
    'Reflect',
    patched(
      '["apply", "construct", "get", "ownKeys", "defineProperty", "getPrototypeOf"]',
      'Reflect',
    ),
  ],
  [
    'Object',
    patched(
      '["defineProperty", "keys", "getPrototypeOf", "setPrototypeOf", "getOwnPropertyDescriptor", "freeze", "hasOwn", "entries", "fromEntries", "assign"]',
      'Object',
    ),
  ],
  [
    'Function.prototype',
    `${CALLS} const got = []; const { call, apply, bind } = Function.prototype; let on = true; for (const [k, f] of [["call", call], ["apply", apply], ["bind", bind]]) try { Object.defineProperty(Function.prototype, k, { value: function (...a) { if (on) { on = false; got[got.length] = this; got[got.length] = a; on = true } return Reflect.apply(f, this, a) }, configurable: true, writable: true }) } catch {} await calls(); on = false; return got`,
  ],
  [
    'Array.prototype',
    patched(
      '["push", "pop", "map", "forEach", "join", "slice", "concat", "includes", "indexOf", "shift", "splice", "values"]',
      'Array.prototype',
    ),
  ],
  [
    'String.prototype',
    patched(
      '["slice", "indexOf", "charCodeAt", "split", "replace", "toLowerCase", "startsWith", "padEnd", "repeat"]',
      'String.prototype',
    ),
  ],
  [
    'RegExp.prototype',
    patched('["exec", "test", Symbol.replace, Symbol.match]', 'RegExp.prototype'),
  ],
  [
    'Map and WeakMap',
    `${patched('["get", "set", "has", "delete", "forEach"]', 'Map.prototype')}; ${patched('["get", "set", "has"]', 'WeakMap.prototype')}`.replace(
      /const (calls|got|saved|Reflect_apply)/g,
      'var $1',
    ),
  ],
  [
    'ArrayBuffer and typed arrays',
    patched('["set", "subarray", "slice", "fill"]', 'Object.getPrototypeOf(Uint8Array.prototype)'),
  ],
  [
    'the constructors',
    `${CALLS} const got = []; const names = ["Error", "TypeError", "Map", "Uint8Array", "ArrayBuffer", "Array", "Object", "String", "Date"]; const saved = {}; for (const n of names) { const C = (saved[n] = globalThis[n]); try { globalThis[n] = new Proxy(C, { construct(t, a, x) { got[got.length] = a; return Reflect.construct(t, a, x) }, apply(t, s, a) { got[got.length] = a; return Reflect.apply(t, s, a) } }) } catch {} } await calls(); for (const n of names) globalThis[n] = saved[n]; return got`,
  ],
  [
    'eval, which loads groups',
    'const got = []; const e = globalThis.eval; globalThis.eval = (s) => { got.push(s); return () => ({}) }; void globalThis.URL; void globalThis.fetch; globalThis.eval = e; return got',
  ],
  [
    'Function, which could load groups',
    'const got = []; const F = Function; globalThis.Function = function (...a) { got.push(a); return F(...a) }; void globalThis.crypto; void globalThis.Buffer; return got',
  ],
  [
    'globals set before groups load',
    'globalThis.$core = { planted: console }; globalThis.$made = 1; globalThis.core = 1; globalThis.install = (c) => { globalThis.stolen = c }; void URL; void fetch; return globalThis.stolen',
  ],
  [
    'a group loaded under a full stack',
    'let n = 0; const f = () => { n++; try { f() } catch { try { void globalThis.fetch } catch {} try { void globalThis.crypto } catch {} } }; f(); return [globalThis.fetch, globalThis.crypto]',
  ],
  [
    'a host call under a full stack',
    'const got = []; const f = () => { try { f() } catch { try { got.push(new URL("http://a/")) } catch (e) { got.push(e, e.stack) } try { got.push(crypto.subtle.digest("SHA-1", new Uint8Array())) } catch (e) { got.push(e) } } }; f(); return got.slice(0, 300)',
  ],
  [
    'getters of accessors called on strangers',
    'const got = []; for (const C of [URL, Request, Response, Headers, AbortSignal, TextDecoder]) for (const k of Reflect.ownKeys(C.prototype)) { const d = Object.getOwnPropertyDescriptor(C.prototype, k); for (const f of [d.get, d.set, d.value]) if (typeof f === "function") for (const t of [{}, console, globalThis, undefined, new Proxy({}, {})]) try { got.push(f.call(t)) } catch (e) { got.push(e) } } return got',
  ],
  [
    'constructors without new, and on strangers',
    'const got = []; for (const C of [URL, Request, Response, Headers, AbortController, TextEncoder]) { try { got.push(C()) } catch (e) { got.push(e) } try { got.push(Reflect.construct(C, ["http://a/"], Object)) } catch (e) { got.push(e) } try { got.push(Reflect.construct(Object, [], C)) } catch (e) { got.push(e) } } return got',
  ],
  [
    'private fields by a returned object',
    'const got = []; class R { constructor(o) { return o } } try { class S extends R { #x = 1; static has(o) { return #x in o } } got.push(S.has(new S(console)), S.has(new S(crypto))) } catch (e) { got.push(e) } return got',
  ],
  [
    'illegal constructors with their key',
    'const got = []; for (const n of ["crypto", "performance", "navigator"]) { const o = globalThis[n]; if (o) for (const k of [{}, o, undefined, Symbol()]) try { got.push(new o.constructor(k)) } catch (e) { got.push(e) } } return got',
  ],
  [
    'in, and what it falls through to',
    'const got = []; Object.setPrototypeOf(Object.prototype, null); try { Object.prototype.__proto__ = new Proxy({}, { has(_, k) { got.push(k); return true } }) } catch (e) { got.push(e) } await fetch("http://a/").catch((e) => got.push(e)); return got',
  ],
];
