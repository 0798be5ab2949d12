import { describe, expect, it } from 'vitest';
import { runGuest, valueOf } from '../../test/isolate-harness.ts';

describe('input and env', () => {
  it.each([
    [{}, [{}, true]],
    [{ input: { a: 1 } }, [{ a: 1 }, true]],
    [{ env: { b: 2 } }, [{ b: 2 }, true]],
    [{ input: { a: 1 }, env: { b: 2 } }, [{ a: 1 }, false]],
  ])('%j', async (given, expected) => {
    expect(await valueOf('return [input, input === env]', { preset: 'compute', ...given })).toEqual(
      expected,
    );
  });
});

describe('results that are not plain', () => {
  it.each([
    ['return { items: [1, { onClick() {} }] }', 'result.items[1].onClick', 'function'],
    ['return Symbol("x")', 'result', 'symbol'],
    ['return { "odd key": 1n }', 'result["odd key"]', 'bigint'],
    ['const a = {}; a.b = [a]; return a', 'result.b[0]', 'cycle'],
    ['return { m: new Map() }', 'result.m', 'Map'],
    ['return new Set()', 'result', 'Set'],
    ['return { p: Promise.resolve() }', 'result.p', 'await it'],
    ['return [new Uint8Array(2)]', 'result[0]', 'typed array'],
    ['return { get a() { throw new Error("no") } }', 'result.a', 'no'],
    ['return new Proxy({}, { ownKeys() { throw 1 } })', 'result', 'could not be read'],
    ['let a = 1; for (let i = 0; i < 300; i++) a = [a]; return a', undefined, 'deeper'],
  ])('%s', async (code, path, words) => {
    const result = await runGuest(code, { preset: 'compute' });
    expect(result.exitReason).toBe('ResultNotPlain');
    expect(result.error.message).toContain(words);
    if (path) expect(result.error.path).toBe(path);
  });

  it('names an export', async () => {
    const result = await runGuest('return { __proto__: null, default: 1, f() {} }', {
      form: 'module',
    });
    expect(result).toMatchObject({ exitReason: 'ResultNotPlain', error: { path: 'exports.f' } });
  });
});

it('returns a default export and the named ones', async () => {
  const code = 'return { __proto__: null, default: [1], a: 2, b: { c: 3 } }';
  const result = await runGuest(code, { form: 'module', preset: 'compute' });
  expect(result).toMatchObject({ value: [1], exports: { a: 2, b: { c: 3 } } });
});

it.each([
  ['return "x".repeat(2000)'],
  ['return Array.from({ length: 1e4 }, () => 1)'],
  ['return new Array(1e9)'],
  ['return "é".repeat(600)'],
  ['return new Proxy([], { get: (t, k) => k === "length" ? 2 ** 53 - 1 : undefined })'],
])('stops at the output limit: %s', async (code) => {
  const result = await runGuest(code, { preset: 'compute', limits: { outputBytes: 1024 } });
  expect(result.exitReason).toBe('Output');
});

describe('thrown things', () => {
  it.each([
    ['throw new RangeError("far")', 'RangeError', 'far'],
    ['throw "text"', 'Error', 'text'],
    ['throw null', 'Error', 'null'],
    ['throw undefined', 'Error', 'undefined'],
    ['throw { code: 7 }', 'Error', '{ code: 7 }'],
    ['throw { message: "own", name: "N" }', 'N', 'own'],
    ['throw new (class Mine extends Error {})("m")', 'Error', 'm'],
    ['throw new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 } })', 'Error', '[unreadable]'],
    ['throw { get message() { throw 1 } }', 'Error', '{ message: [Getter] }'],
    ['await Promise.reject(new TypeError("late"))', 'TypeError', 'late'],
    ['null.x', 'TypeError', "Cannot read properties of null (reading 'x')"],
  ])('%s', async (code, name, message) => {
    const result = await runGuest(code, { preset: 'compute' });
    expect(result).toMatchObject({ exitReason: 'Exception', error: { name, message } });
  });

  it('have their texts cut to size', async () => {
    const { error } = await runGuest(
      `const e = new Error('m'.repeat(1e6)); e.name = 'n'.repeat(1e5); e.stack = 's'.repeat(1e6); throw e`,
    );
    expect([error.name, error.message, error.stack].map((text) => text!.length)).toEqual([
      256, 8192, 16_384,
    ]);
  });

  it('have a stack of guest frames only', async () => {
    const { error } = await runGuest('function inner() { null.x }\ninner()');
    expect(error.stack).toContain('at inner (script.js:2:');
    expect(error.stack).not.toContain('cofferdam');
    expect(error.stack).not.toContain('isolated-vm');
  });

  it('survive an endless recursion', async () => {
    const result = await runGuest('function f() { f() } f()', { preset: 'compute' });
    expect(result).toMatchObject({ exitReason: 'Exception', error: { name: 'RangeError' } });
  });
});

describe('a guest that changed the intrinsics of preset web', () => {
  it.each([
    ['Array.prototype[Symbol.iterator] = () => { throw 1 }'],
    ['Promise.prototype.then = () => { throw 1 }'],
    ['Object.defineProperty(Promise.prototype, "constructor", { get() { throw 1 } })'],
    ['Object.defineProperty(Object.prototype, "0", { set() { throw 1 }, configurable: true })'],
    ['JSON.stringify = JSON.parse = () => { throw 1 }'],
    [
      'Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw 1 }',
    ],
    ['Object.prototype.then = () => { throw 1 }'],
    ['Object.prototype.reference = true; Object.prototype.get = () => 1'],
    ['for (const n of ["slice", "charCodeAt", "indexOf"]) String.prototype[n] = () => { throw 1 }'],
    ['RegExp.prototype.exec = () => { throw 1 }; Map.prototype.get = () => { throw 1 }'],
  ])('still has its platform: %s', async (attack) => {
    const result = await runGuest(`${attack};
      console.log('line', { a: [1] });
      setTimeout(() => {}, 1);
      const u = new URL('https://a.example/?b=c');
      const found = [Buffer.from('aé').toString('hex'), u.href, u.searchParams.get('b'),
        crypto.randomUUID().length, structuredClone({ x: [1] }).x[0], atob(btoa('hi')),
        new TextDecoder().decode(new TextEncoder().encode('é')), new Headers({ a: 'b' }).get('a')];
      delete Object.prototype.then; delete Object.prototype[0];
      delete Object.prototype.get; delete Object.prototype.reference;
      return found;`);
    expect(result.error.message).toBeUndefined();
    expect(result.value).toEqual(['61c3a9', 'https://a.example/?b=c', 'c', 36, 1, 'hi', 'é', 'b']);
    expect(result.logs[0]?.message).toBe('line { a: [ 1 ] }');
  });

  it('cannot forge its ending by a property that resolving a promise looks up', async () => {
    const code = `Object.prototype.then = (resolve) => resolve('forged'); return 7`;
    expect(await runGuest(code)).toMatchObject({ exitReason: 'Completed', value: 7 });
  });

  it('sees no handle of the engine when it intercepts the answers to its own calls', async () => {
    // isolated-vm itself resolves by the realm's `then`: what a guest breaks there is its own.
    const code = `const { then } = Promise.prototype; const seen = [];
      const isHandle = (x) => x !== null && typeof x === 'object' && ('applySync' in x || 'copy' in x);
      Promise.prototype.then = function (...args) {
        for (const x of [this, ...args]) seen.push(isHandle(x));
        return Reflect.apply(then, this, [(v) => { seen.push(isHandle(v)); args[0]?.(v); }, args[1]]);
      };
      const { byteLength } = await crypto.subtle.digest('SHA-256', new Uint8Array(1));
      return [byteLength, seen.includes(true), seen.length > 0]`;
    expect(await valueOf(code)).toEqual([32, false, true]);
  });
});

it('loads a group after the guest deleted the globals', async () => {
  const value = await valueOf(
    `const realm = globalThis; const { getOwnPropertyNames } = Object;
     const kept = ['Buffer', 'crypto', 'URL', 'fetch', 'Response', 'structuredClone', 'TextDecoder',
       'setTimeout', 'DOMException', 'AbortController', 'performance'];
     for (const name of getOwnPropertyNames(realm)) if (!kept.includes(name)) delete realm[name];
     return [Buffer.from('a').toString('hex'), new URL('http://a/').href, crypto.randomUUID().length,
       typeof fetch, new Response('x').status, structuredClone([1])[0], new TextDecoder().encoding,
       typeof setTimeout, new DOMException('a').name, new AbortController().signal.aborted,
       performance.now() >= 0]`,
  );
  const made = ['61', 'http://a/', 36, 'function', 200, 1, 'utf-8', 'function', 'Error'];
  expect(value).toEqual([...made, false, true]);
});
