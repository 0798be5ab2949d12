import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GuestFunction } from '../src/port/foreign.ts';
import type { ToolHandler } from '../src/types.ts';
import { openPair, type Pair, type PairOptions } from './port-realm.ts';

const open = new Set<Pair>();

async function pairOf(tools: Record<string, ToolHandler>, options: PairOptions = {}) {
  const pair = await openPair({ ...options, tools });
  open.add(pair);
  return pair;
}

afterEach(() => {
  for (const pair of open) pair[Symbol.dispose]();
  open.clear();
});

/** What a guest may do to its realm. `steal` counts whom it reached. */
const TAMPERED: [string, string][] = [
  [
    'setters of Object.prototype',
    `const names = ['value', 'get', 'set', 't', 'f', 'id', 'done', 'text', 'values', 'requestId', 'iterator', 'signals', 'lent', 'resolve', 'reject', 'writable', '0', '1', '2', '3', '4'];
     for (const name of names) define(Object.prototype, name, { __proto__: null, set: steal, get() { steal() }, configurable: true })`,
  ],
  [
    'setters of Array.prototype',
    `for (let i = 0; i < 8; i++) define(Array.prototype, i, { __proto__: null, set: steal, get() { steal() }, configurable: true })`,
  ],
  ['JSON', `JSON.parse = JSON.stringify = () => { steal(); return '[["ok",1,"forged"]]' }`],
  [
    'then',
    `const { then } = Promise.prototype; Promise.prototype.then = function (a, b) { steal(); return apply(then, this, [a, b]) }`,
  ],
  [
    'Promise',
    `Promise.resolve = Promise.reject = steal; define(Promise, Symbol.species, { get() { steal(); return Array } });
     define(Promise.prototype, 'constructor', { get() { return Promised } }); const Promised = Promise; globalThis.Promise = Array`,
  ],
  [
    'iterators',
    `Object.getPrototypeOf([][Symbol.iterator]()).next = () => { steal(); return { done: true } }; Array.prototype[Symbol.iterator] = () => { steal(); throw 1 }`,
  ],
  [
    'collections and references',
    `for (const C of [Map, Set, WeakMap, WeakRef, FinalizationRegistry]) for (const key of Reflect.ownKeys(C.prototype)) if (key !== 'constructor') define(C.prototype, key, { value: steal, configurable: true })`,
  ],
  [
    'functions of the language',
    `const holders = [Object, Reflect, Array, Number, Math, String, String.prototype, Function.prototype, Array.prototype, Symbol];
     const found = []; for (const holder of holders) for (const key of Reflect.ownKeys(holder)) {
       const d = Object.getOwnPropertyDescriptor(holder, key);
       if (typeof d.value === 'function' && d.configurable && key !== 'constructor') found[found.length] = [holder, key];
     }
     for (let i = 0; i < found.length; i++) define(found[i][0], found[i][1], { __proto__: null, value: steal, configurable: true })`,
  ],
  [
    'toJSON',
    `Object.prototype.toJSON = Array.prototype.toJSON = String.prototype.toJSON = Number.prototype.toJSON = function () { steal(); return 'forged' }`,
  ],
];

describe('a guest that changes its', () => {
  it.each(TAMPERED)('%s neither sees nor changes what the port does', async (_, tamper) => {
    const got: GuestFunction[] = [];
    const pair = await pairOf({
      greet: async (name: string) => ({ hello: name, list: [1, { $a: 2 }], at: new Date(5) }),
      fail: async () => {
        throw new RangeError('mine');
      },
      give: (f: GuestFunction) => void got.push(f),
      numbers: async function* () {
        yield 1;
        yield 2;
      },
    });
    await pair.script(`var count = 0, seen = { __proto__: null };
      { const { defineProperty: define } = Object, { apply } = Reflect; function steal() { count++ } ${tamper} }
      (async () => { try {
        const a = await greet('x'); seen.hello = a.hello; seen.tag = a.list[1].$a;
        try { await fail() } catch (error) { seen.error = error.message }
        const it = await numbers(); seen.first = (await it.next()).value; await it.return();
        await give((v) => v === 'seen' ? seen : v === 'count' ? count : v)
      } catch (error) { seen.failed = '' + error } })(); undefined`);
    await vi.waitFor(() => expect(got).toHaveLength(1));
    const expected = { hello: 'x', tag: 2, error: 'mine', first: 1 };
    expect(await got[0]!('seen')).toEqual(expected);
    expect(await got[0]!([1, { $x: new Map([[1, 2n]]) }])).toEqual([1, { $x: new Map([[1, 2n]]) }]);
    expect(await got[0]!('count')).toBe(0);
    expect(pair.broken).toBeUndefined();
  });
});

describe('a guest whose values', () => {
  const echo = { echo: (value: unknown) => value };

  it.each([
    [
      'have toJSON',
      `const r = await echo({ toJSON() { throw 1 }, a: 1 }).catch((e) => e); return [r.a, typeof r.toJSON]`,
      [1, 'function'],
    ],
    [
      'have getters that throw',
      `return [await echo({ get a() { throw new RangeError('mine') } }).catch((e) => e.message)]`,
      ['mine'],
    ],
    [
      'have getters that call tools',
      `let inner; const r = await echo({ get a() { inner = echo('in'); return 'a' } }); return [r.a, await inner]`,
      ['a', 'in'],
    ],
    [
      'are proxies that throw',
      `return [await echo(new Proxy({}, { ownKeys() { throw new RangeError('trap') } })).catch((e) => e.message)]`,
      ['trap'],
    ],
    [
      'are proxies of arrays that grow',
      `const r = await echo(new Proxy([], { get: (t, k) => k === 'length' ? 3 : k === Symbol.asyncIterator || k === Symbol.iterator ? undefined : 'v' + String(k) })); return r`,
      ['v0', 'v1', 'v2'],
    ],
    [
      'are proxies of endless length',
      `return [await echo(new Proxy([], { get: (t, k) => k === 'length' ? 2 ** 53 : 0 })).catch((e) => e.code)]`,
      ['TOO_LARGE'],
    ],
    [
      'pretend to be maps',
      `return [await echo(Object.create(Map.prototype)).catch((e) => e.name), await echo(Object.create(Date.prototype)).catch((e) => e.name)]`,
      ['TypeError', 'TypeError'],
    ],
    [
      'use up the stack',
      `const deep = { get a() { echo(deep).catch(() => {}); return deep } }; return [await echo(deep).catch((e) => e.name)]`,
      ['TypeError'],
    ],
    [
      'are revoked',
      `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return [await echo(proxy).catch((e) => e.name), await echo([proxy]).catch((e) => e.name)]`,
      ['TypeError', 'TypeError'],
    ],
    [
      'have accessors named like tags',
      `return [(await echo({ $f: 1, $o: [['a', 1]] })).$o[0][0], (await echo({ ['__proto__']: { x: 1 } })).x === undefined]`,
      ['a', true],
    ],
  ])('%s hurts itself at most', async (_, body, expected) => {
    const pair = await pairOf(echo);
    expect(await pair.run(body)).toEqual(expected);
    expect(await pair.run(`return await echo('still')`)).toBe('still');
    expect(pair.broken).toBeUndefined();
  });

  it('are errors with getters that throw', async () => {
    let got: GuestFunction | undefined;
    const pair = await pairOf({ give: (f: GuestFunction) => void (got = f) });
    await pair.run(`await give((what) => { const e = new Error('m');
      if (what === 1) Object.defineProperty(e, 'message', { get() { throw 1 } });
      if (what === 2) e.name = 'x'.repeat(1e6);
      if (what === 3) e.stack = { toString() { throw 1 } };
      throw what === 4 ? new Proxy(e, { get() { throw 1 } }) : what === 5 ? { loop: null, get self() { return this } } : e })`);
    for (const what of [1, 4, 5]) await expect(got!(what)).rejects.toBeDefined();
    const long = (await got!(2).catch((error: unknown) => error)) as Error;
    expect(long.name.length).toBeLessThanOrEqual(8192);
    await expect(got!(3)).rejects.toThrow('m');
    expect(pair.broken).toBeUndefined();
  });

  it('cannot make an object of the host by a key', async () => {
    const got: unknown[] = [];
    const pair = await pairOf({ take: (value: unknown) => void got.push(value) });
    await pair.run(
      `await take({ ['__proto__']: { polluted: 1 }, $x: 1 }); await take(JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'))`,
    );
    for (const value of got) {
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect((value as { polluted?: number }).polluted).toBeUndefined();
      expect(Object.hasOwn(value as object, '__proto__')).toBe(true);
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('answer a host that asks for ever: what a thenable does is its own affair', async () => {
    let got: GuestFunction | undefined;
    const pair = await pairOf({ give: (f: GuestFunction) => void (got = f) });
    await pair.run(
      `await give((n) => n === 1 ? { then(f) { f(7) } } : n === 2 ? { then() { throw new RangeError('t') } } : { then() {} })`,
    );
    expect(await got!(1)).toBe(7);
    await expect(got!(2)).rejects.toThrow('t');
    const never = got!(3);
    pair.peer.end(new Error('over'));
    await expect(never).rejects.toThrow('over');
  });
});

it('leads a guest to nothing of the port', async () => {
  const pair = await pairOf({
    greet: () => () => 1,
    numbers: async function* () {
      yield 1;
    },
  });
  const body = `const seen = []; const f = await greet(); const p = numbers(); const it = await p;
    for (const o of [greet, f, p, it, Object.getPrototypeOf(p), it.next]) {
      for (const k of Reflect.ownKeys(o)) seen.push(String(k));
      if (typeof o === 'function') try { o.caller; o.arguments; seen.push('sloppy') } catch { }
    }
    Error.prepareStackTrace = (e, sites) => sites.map((s) => typeof s.getThis() + typeof s.getFunction()).join();
    let stack; await greet({ get a() { stack = new Error().stack; return 1 } });
    return [[...new Set(seen)].sort(), /object|function/.test(stack.split(',').slice(1, -1).join())]`;
  const [keys, shows] = (await pair.run(body)) as [string[], boolean];
  expect(shows).toBe(false);
  expect(keys.filter((key) => !key.startsWith('Symbol('))).toEqual([
    'length',
    'name',
    'next',
    'return',
    'throw',
  ]);
});
