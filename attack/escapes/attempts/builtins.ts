import type { Category } from '../attempt.ts';

const CALLS = `const calls = async () => {
  console.log('%j', { a: [1] }, new Map([[1, 2]])); console.table([{ a: 1 }]);
  try { await crypto.subtle.digest('SHA-256', new Uint8Array(4)) } catch {}
  try { await fetch('LISTENER', { headers: { a: 'b' }, method: 'POST', body: 'x' }) } catch {}
  try { new URL('http://a/b?c').searchParams.append('c', 'd') } catch {}
  try { structuredClone({ a: [1, new Map()] }) } catch {} try { new Blob(['a']); new FormData().append('a', 'b') } catch {}
  try { await new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1)); c.close() } })).text() } catch {}
  try { Buffer.from('a').toString('base64'); new TextEncoder().encode('x'); setTimeout(() => {}, 0) } catch {}
};`;
/** Each of `names` replaced on `holder` by a function that keeps what comes by. */
const watch = (holder: string, names: string) => `${CALLS}
  const got = [], { apply } = Reflect, saved = [], define = Object.defineProperty; let on = true;
  for (const name of ${names}) { const own = ${holder}[name]; if (typeof own !== 'function') continue; saved[saved.length] = [name, own];
    try { define(${holder}, name, { configurable: true, writable: true, value(...args) { if (on) { on = false; got[got.length] = this; got[got.length] = args; on = true } return new.target ? new own(...args) : apply(own, this, args) } }) } catch {} }
  await calls(); on = false;
  for (let i = 0; i < saved.length; i++) try { define(${holder}, saved[i][0], { configurable: true, writable: true, value: saved[i][1] }) } catch {}
  return got`;

/** Tier 2: built-ins turned against whoever relies on them. */
export const BUILTINS: Category = {
  category: 'built-in abuse',
  attempts: {
    'all of Object, watched': watch('Object', 'Object.getOwnPropertyNames(Object)'),
    'all of Reflect, watched': watch('Reflect', 'Object.getOwnPropertyNames(Reflect)'),
    'all of Array, watched': watch('Array', 'Object.getOwnPropertyNames(Array)'),
    'all of Array.prototype, watched': watch(
      'Array.prototype',
      'Object.getOwnPropertyNames(Array.prototype).concat(Symbol.iterator)',
    ),
    'all of String.prototype, watched': watch(
      'String.prototype',
      'Object.getOwnPropertyNames(String.prototype)',
    ),
    'all of Function.prototype, watched': watch(
      'Function.prototype',
      '["call", "apply", "bind", "toString", Symbol.hasInstance]',
    ),
    'all of Promise, watched': watch('Promise', 'Object.getOwnPropertyNames(Promise)'),
    'all of Promise.prototype, watched': watch('Promise.prototype', '["then", "catch", "finally"]'),
    'all of Map.prototype, watched': watch(
      'Map.prototype',
      'Object.getOwnPropertyNames(Map.prototype)',
    ),
    'all of WeakMap.prototype, watched': watch(
      'WeakMap.prototype',
      'Object.getOwnPropertyNames(WeakMap.prototype)',
    ),
    'all of Set.prototype, watched': watch(
      'Set.prototype',
      'Object.getOwnPropertyNames(Set.prototype)',
    ),
    'all of JSON, watched': watch('JSON', '["parse", "stringify", "rawJSON", "isRawJSON"]'),
    'all of Number and Math, watched': watch('Math', 'Object.getOwnPropertyNames(Math)'),
    'all of RegExp.prototype, watched': watch(
      'RegExp.prototype',
      '["exec", "test", "toString", "compile", Symbol.replace, Symbol.match, Symbol.split, Symbol.search]',
    ),
    'all of typed arrays, watched': watch(
      'Object.getPrototypeOf(Uint8Array.prototype)',
      'Object.getOwnPropertyNames(Object.getPrototypeOf(Uint8Array.prototype))',
    ),
    'all of ArrayBuffer.prototype, watched': watch(
      'ArrayBuffer.prototype',
      '["slice", "resize", "transfer", "transferToFixedLength"]',
    ),
    'all of Symbol, watched': watch('Symbol', '["for", "keyFor"]'),
    'all of Date, watched': watch('Date', '["now", "parse", "UTC"]'),
    'the iterator of arrays, watched': watch('Object.getPrototypeOf([].values())', '["next"]'),
    'the constructors of the global, watched': watch(
      'globalThis',
      '["Object", "Array", "Map", "WeakMap", "Set", "Promise", "Error", "TypeError", "RangeError", "Uint8Array", "ArrayBuffer", "DataView", "String", "Number", "Date", "Proxy", "RegExp", "eval", "parseInt", "encodeURIComponent"]',
    ),
    'everything deleted': `${CALLS} const ask = console.log;
      for (const holder of [Object, Reflect, Array, Array.prototype, String.prototype, Function.prototype, Promise, Promise.prototype, Map.prototype, JSON, Math]) for (const key of Object.getOwnPropertyNames(holder)) if (key !== 'prototype' && key !== 'constructor') try { delete holder[key] } catch {}
      await calls(); ask('alive'); return 1`,
    'everything frozen before anything loads': `${CALLS} const freeze = Object.freeze;
      for (const key of Reflect.ownKeys(globalThis)) { const at = Object.getOwnPropertyDescriptor(globalThis, key); if ('value' in at && Object(at.value) === at.value) { freeze(at.value); if (at.value.prototype) freeze(at.value.prototype) } }
      freeze(globalThis); await calls(); return 1`,
    'everything sealed into getters': `${CALLS} const got = [];
      for (const holder of [Object, Array.prototype, Promise.prototype, JSON, Reflect]) for (const key of Object.getOwnPropertyNames(holder)) { const own = holder[key]; if (key !== 'constructor' && key !== 'prototype') try { Object.defineProperty(holder, key, { get() { got[got.length] = this; return own }, configurable: true }) } catch {} }
      await calls(); return got`,
    'console replaced under the platform': `${CALLS} const got = []; const own = console;
      globalThis.console = new Proxy(own, { get(target, key) { got.push(key); return target[key] } }); await calls(); own.log('x'); globalThis.console = own; return got`,
  },
};
