import { describe, expect, it } from 'vitest';
import { runGuest, valueOf } from '../../test/isolate-harness.ts';
import { GROUP_GLOBALS, PRESET_GROUPS, type PresetName } from './presets.ts';

const PRESETS = Object.keys(PRESET_GROUPS) as PresetName[];
const FROZEN = PRESETS.filter((preset) => preset !== 'web');

/** ECMAScript 2025 with annex B, Intl and explicit resource management, as V8 13.6 has it. */
const LANGUAGE = `Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean
  String Symbol Date Promise RegExp Error AggregateError EvalError RangeError ReferenceError
  SyntaxError TypeError URIError globalThis JSON Math Intl ArrayBuffer Atomics Uint8Array Int8Array
  Uint16Array Int16Array Uint32Array Int32Array BigUint64Array BigInt64Array Uint8ClampedArray
  Float32Array Float64Array DataView Map BigInt Set Iterator WeakMap WeakSet Proxy Reflect
  FinalizationRegistry WeakRef decodeURI decodeURIComponent encodeURI encodeURIComponent escape
  unescape eval isFinite isNaN SuppressedError DisposableStack AsyncDisposableStack Float16Array`.split(
  /\s+/,
);

/** Walks everything reachable from the global object and names what an engine's handle looks like. */
const WALK = `
  const seen = new Set(); const found = []; const todo = [['globalThis', globalThis]];
  const add = (path, value) => {
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
      if (!seen.has(value)) { seen.add(value); todo.push([path, value]); }
    }
  };
  while (todo.length > 0) {
    const [path, value] = todo.pop();
    for (const name of ['applySync', 'applyIgnored', 'derefInto', 'copyInto', 'createContext']) {
      if (name in value) found.push(path + '.' + name);
    }
    for (const key of Reflect.ownKeys(value)) {
      const d = Object.getOwnPropertyDescriptor(value, key);
      add(path + '.' + String(key), d.value); add(path + '.get ' + String(key), d.get);
      add(path + '.set ' + String(key), d.set);
    }
    add(path + '.[[Prototype]]', Object.getPrototypeOf(value));
  }
  return { found, walked: seen.size };`;

describe.each(PRESETS)('the realm of preset %s', (preset) => {
  it('has the language, console, and exactly what the preset lists', async () => {
    const groups: readonly (keyof typeof GROUP_GLOBALS)[] = PRESET_GROUPS[preset];
    const added = groups.flatMap((group) => [...GROUP_GLOBALS[group]]);
    const code = 'return Object.getOwnPropertyNames(globalThis)';
    const names = (await valueOf(code, { preset })) as string[];
    expect(names.sort()).toEqual([...LANGUAGE, 'console', ...added].sort());
  });

  it('makes every global it lists', async () => {
    const groups: readonly (keyof typeof GROUP_GLOBALS)[] = PRESET_GROUPS[preset];
    const added = groups.flatMap((group) => [...GROUP_GLOBALS[group]]);
    const types = await valueOf(
      `return ${JSON.stringify(added)}.map((name) => typeof globalThis[name])`,
      { preset },
    );
    expect(types).not.toContain('undefined');
    expect(types).toHaveLength(added.length);
  });

  it('leads to no handle of the engine, lazy or loaded', async () => {
    for (const touch of [
      '',
      'for (const k of Object.getOwnPropertyNames(globalThis)) globalThis[k];',
    ]) {
      const walk = await valueOf(`${touch}\n${WALK}`, { preset });
      const { found, walked } = walk as { found: string[]; walked: number };
      expect(found).toEqual([]);
      expect(walked).toBeGreaterThan(500);
    }
  });

  it('shows no function or receiver of the bootstrap to Error.prepareStackTrace', async () => {
    const value = await valueOf(
      `const seen = [];
       Error.prepareStackTrace = (error, sites) => {
         for (const site of sites) {
           // The guest's own frames are sloppy and show what is the guest's anyway.
           if (!String(site.getScriptNameOrSourceURL()).startsWith('cofferdam:')) continue;
           seen.push(typeof site.getThis(), typeof site.getFunction());
         }
         return '';
       };
       try { console.log({ get a() { return new Error().stack; } }, new Error('x')); } catch {}
       console.trace('x');
       new Proxy({}, { ownKeys() { new Error().stack; return []; } });
       console.log(new Proxy({}, { ownKeys() { new Error().stack; return []; } }));
       return [...new Set(seen)];`,
      { preset },
    );
    expect(value).toEqual(['undefined']);
  });
});

describe.each(FROZEN)('the prototypes of preset %s', (preset) => {
  it('are frozen, every one that is reachable from the globals', async () => {
    const loose = await valueOf(
      `const loose = [];
       const iterators = [[].values(), new Map().values(), new Set().values(), ''[Symbol.iterator](),
         'a'.matchAll(/a/g), (function*(){})(), (async function*(){})(), [].values().map((x) => x),
         Iterator.from({ next() {} })];
       for (const it of iterators) {
         for (let p = Object.getPrototypeOf(it); p; p = Object.getPrototypeOf(p)) {
           // The prototype that each generator function has for itself is the guest's own.
           if (!Object.isFrozen(p) && Reflect.ownKeys(p).length > 0) loose.push(String(p));
         }
       }
       for (const f of [async () => {}, function* () {}, async function* () {}, () => {}]) {
         if (!Object.isFrozen(Object.getPrototypeOf(f))) loose.push(String(f));
       }
       const known = ${JSON.stringify(LANGUAGE)};
       for (const name of known) {
         const p = globalThis[name]?.prototype;
         if (p && !Object.isFrozen(p)) loose.push(name);
       }
       for (const name of Object.getOwnPropertyNames(Intl)) {
         if (Intl[name]?.prototype && !Object.isFrozen(Intl[name].prototype)) loose.push(name);
       }
       return loose;`,
      { preset },
    );
    expect(loose).toEqual([]);
  });

  it('still allow what scripts customarily assign on their own objects', async () => {
    const value = await valueOf(
      `'use strict';
       class E extends Error { constructor(m) { super(m); this.name = 'E'; } }
       const o = {}; o.toString = () => 'mine'; o.valueOf = () => 7; o.constructor = 1;
       const e = new TypeError('a'); e.message = 'b';
       function F() {} F.prototype = Object.create(Error.prototype); F.prototype.constructor = F;
       F.prototype.name = 'F';
       const f = () => {}; f.toString = () => 'f';
       return [new E('x').name, String(new E('x')), String(o), o + 0, o.constructor, e.message,
         new F().name, f.toString(), Object.keys(o), Error.prototype.name];`,
      { preset },
    );
    expect(value).toEqual([
      'E',
      'E: x',
      'mine',
      7,
      1,
      'b',
      'F',
      'f',
      ['toString', 'valueOf', 'constructor'],
      'Error',
    ]);
  });

  it('refuse a change in strict code', async () => {
    const result = await runGuest(`'use strict'; Error.prototype.name = 'x';`, { preset });
    expect(result).toMatchObject({ exitReason: 'Exception', error: { name: 'TypeError' } });
  });
});

it('leaves the prototypes of preset web ordinary', async () => {
  const code = `Array.prototype.last = function () { return this.at(-1); }; return [1, 2].last()`;
  expect(await valueOf(code, { preset: 'web' })).toBe(2);
});

it('makes names anew in each group only when touched, and keeps what a guest assigns', async () => {
  const result = await runGuest(`globalThis.Buffer = 5; return [Buffer, typeof atob]`, {
    preset: 'data',
  });
  expect(result.value).toEqual([5, 'function']);
  expect(result.groups).toEqual(['encoding']);
});
