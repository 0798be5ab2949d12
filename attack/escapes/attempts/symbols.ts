import type { Category } from '../attempt.ts';

/** Tier 1: well-known symbols, and those that realms of Node share. */
export const SYMBOLS: Category = {
  category: 'symbols',
  attempts: {
    'every well-known symbol on an argument': `
      const got = [];
      const keys = Reflect.ownKeys(Symbol).map((name) => Symbol[name]).filter((value) => typeof value === 'symbol');
      const value = {};
      for (const key of keys) Object.defineProperty(value, key, { get() { got.push([key, this]); return undefined } });
      console.log(value, '%s', value); console.table(value);
      for (const name of ['URL', 'Headers', 'Request', 'Blob', 'TextEncoder', 'AbortController']) try { new globalThis[name](value) } catch (error) { got.push(error) }
      return got`,
    'every well-known symbol on Object.prototype': `
      const got = [];
      const keys = Reflect.ownKeys(Symbol).map((name) => Symbol[name]).filter((value) => typeof value === 'symbol');
      for (const key of keys) try { Object.defineProperty(Object.prototype, key, { configurable: true, get() { got[got.length] = this; return undefined } }) } catch {}
      console.log({ a: 1 }, [1]); try { await fetch('LISTENER', { headers: { a: 'b' } }) } catch {} try { void crypto.subtle } catch {}
      for (const key of keys) delete Object.prototype[key];
      return got`,
    'Symbol.toPrimitive that answers another object': `
      const value = { [Symbol.toPrimitive]: () => ({}) };
      const got = [];
      for (const call of [() => \`\${value}\`, () => new URL(value), () => atob(value), () => structuredClone(value), () => setTimeout(value, value)]) try { got.push(call()) } catch (error) { got.push(error, error.constructor.constructor('return this')()) }
      return got`,
    'Symbol.toPrimitive that changes its mind': `
      let times = 0;
      const value = { [Symbol.toPrimitive]() { times++; return times % 2 ? 'https://allowed.example/' : 'LISTENER' } };
      const got = [];
      try { got.push(await fetch(value)) } catch (error) { got.push(error) }
      try { got.push(new Request(value).url, new URL(value).href) } catch (error) { got.push(error) }
      return [times, got]`,
    'Symbol.hasInstance of Error lies': `
      const got = [];
      try { Object.defineProperty(Error, Symbol.hasInstance, { value(value) { got.push(value); return false }, configurable: true }) } catch (error) { got.push(error) }
      console.log(new Error('x'), { error: new TypeError('y') });
      try { new URL('') } catch (error) { got.push(error) }
      return got`,
    'Symbol.species that throws a constructor': `
      const got = [];
      for (const type of [Array, Map, Set, Promise, ArrayBuffer, RegExp]) {
        try { Object.defineProperty(type, Symbol.species, { configurable: true, get() { throw type } }) } catch (error) { got.push(error) }
      }
      for (const call of [() => [1].map(String), () => Promise.resolve(1).then(), () => new ArrayBuffer(8).slice(1), () => 'a'.split(/a/)]) try { got.push(call()) } catch (error) { got.push(error) }
      return got`,
    'Symbol.asyncIterator over a platform stream': `
      const got = [];
      const body = new Response('abc').body;
      const iterator = body[Symbol.asyncIterator]();
      got.push(iterator, Object.getPrototypeOf(iterator), Object.getPrototypeOf(Object.getPrototypeOf(iterator)), await iterator.next(), await iterator.return?.(console));
      return got`,
    'Symbol.matchAll and friends on a needle': `
      const got = [];
      const needle = { [Symbol.match](...a) { got.push(this, a) }, [Symbol.replace](...a) { got.push(a) }, [Symbol.search](...a) { got.push(a) }, [Symbol.split](...a) { got.push(a) }, [Symbol.matchAll](...a) { got.push(a) }, toString: () => 'x' };
      for (const method of ['match', 'replace', 'search', 'split', 'matchAll', 'replaceAll', 'includes']) try { got.push('text'[method](needle, needle)) } catch (error) { got.push(error) }
      return got`,
    'registered symbols of Node on guest values': `
      const got = [];
      const names = ['nodejs.util.inspect.custom', 'nodejs.util.promisify.custom', 'nodejs.rejection', 'nodejs.dispose', 'nodejs.asyncDispose', 'nodejs.event_target', 'node:vm:dynamic', 'nodejs.stream.destroyed', 'vm2.bridge', 'Deno.customInspect', 'Deno.privateCustomInspect'];
      const value = { value: 1 };
      for (const name of names) value[Symbol.for(name)] = function (...args) { got.push(this, args); return console };
      console.log(value, [value], new Map([[value, value]]), '%o %O', value, value); console.dir(value, { customInspect: true, showHidden: true }); console.error(value);
      try { structuredClone(value) } catch (error) { got.push(error) }
      return got`,
    'registered symbols of Node on prototypes and the global': `
      const got = [];
      for (const name of ['nodejs.util.inspect.custom', 'nodejs.rejection', 'nodejs.event_target']) for (const holder of [Object.prototype, Promise.prototype, Error.prototype, globalThis]) {
        try { Object.defineProperty(holder, Symbol.for(name), { configurable: true, value(...args) { got.push(this, args); return args } }) } catch {}
      }
      console.log({}, Promise.reject(1).catch(() => {}), new Error('x'));
      return got`,
    'description and identity of symbols that came over': `
      return [Symbol.keyFor(Symbol.for('a')), Symbol.for('process').description, Object(Symbol.iterator).constructor.constructor('return this')(), Symbol.prototype[Symbol.toPrimitive].call(Symbol.dispose ?? Symbol.iterator)]`,
    'unscopables that let a name fall through': `
      const got = Function('o', 'with (o) { with (Array.prototype) { return [typeof process, typeof values, typeof fromAsync] } }')({ [Symbol.unscopables]: { process: false } });
      return got`,
  },
};
