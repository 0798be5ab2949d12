import type { Category } from '../attempt.ts';

/** Tier 1: up the prototypes, and prototypes exchanged. */
export const PROTOTYPES: Category = {
  category: 'prototype chain',
  attempts: {
    'every chain to its end': `
      const ends = new Set();
      for (const key of Reflect.ownKeys(globalThis)) {
        for (let at = Object(globalThis[key]); at; at = Object.getPrototypeOf(at)) ends.add(at);
      }
      return [...ends]`,
    'the global gets a prototype of its own making': `
      const got = [];
      try { Object.setPrototypeOf(Object.getPrototypeOf(globalThis), { get process() { got.push(this); return this } }) } catch (error) { got.push(error) }
      return [got, globalThis.process, typeof process]`,
    'the root gets a parent': `
      try { Object.setPrototypeOf(Object.prototype, { pwned: console }) } catch (error) { return [error, error.constructor] }
      return ({}).pwned`,
    'a parent for Function.prototype that answers everything': `
      const got = [];
      const parent = new Proxy({}, { get(target, key, receiver) { got.push([key, receiver]); return undefined } });
      try { Object.setPrototypeOf(Function.prototype, parent) } catch (error) { got.push(error) }
      console.log('a', {}); try { await fetch('LISTENER') } catch {}
      return got`,
    'a parent for Array.prototype that answers everything': `
      const got = [];
      try { Object.setPrototypeOf(Array.prototype, new Proxy({}, { get(target, key, receiver) { got[got.length] = receiver }, has() { return false } })) } catch (error) { got.push(error) }
      console.log([1, [2]]); console.table([{ a: 1 }]);
      return got`,
    'a prototype as a parent of itself': `
      const got = [];
      for (const type of [Array, Map, Promise, Error]) try { Object.setPrototypeOf(type.prototype, type.prototype) } catch (error) { got.push(error) }
      return got`,
    '__proto__ in JSON': `
      const parsed = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": 1}}}');
      const merge = (to, from) => { for (const key in from) if (Object(from[key]) === from[key]) merge(to[key] ??= {}, from[key]); else to[key] = from[key]; return to };
      try { merge({}, parsed) } catch {}
      return [({}).polluted, Object.keys(parsed), parsed]`,
    '__defineGetter__ on what the platform shares': `
      const got = [];
      for (const target of [console, globalThis, Object.prototype, Function.prototype]) {
        try { target.__defineGetter__('stolen', function () { got.push(this); return 1 }); got.push(target.__lookupGetter__('stolen')) } catch (error) { got.push(error) }
      }
      console.log({}); void ({}).stolen;
      return got`,
    'the setter of __proto__ taken off and used on others': `
      const { set, get } = Object.getOwnPropertyDescriptor(Object.prototype, '__proto__');
      const got = [];
      for (const target of [console, console.log, globalThis.crypto, globalThis.fetch, Math, JSON]) {
        if (!target) continue;
        try { set.call(target, null); got.push(get.call(target)) } catch (error) { got.push(error) }
      }
      console.log('still');
      return got`,
    'a console without a prototype, with another one, frozen': `
      Object.setPrototypeOf(console, null); console.log(1);
      Object.setPrototypeOf(console, Array.prototype); console.log([]); 
      Object.freeze(console); console.error('x');
      return [console.push, console.concat(1)]`,
    'prototypes of native iterators': `
      const iterators = [[].values(), new Map().entries(), new Set().values(), 'a'[Symbol.iterator](), 'a'.matchAll(/a/g), (function* () {})(), new Intl.Segmenter().segment('a')[Symbol.iterator]()];
      return iterators.map((iterator) => [Object.getPrototypeOf(iterator), Object.getPrototypeOf(Object.getPrototypeOf(iterator))?.constructor])`,
    'instances that are their own class': `
      function Mine() {} Mine.prototype = Mine;
      const one = new Mine(); Mine.prototype = one; 
      return [one, new Mine(), one.constructor.constructor('return this')()]`,
  },
};
