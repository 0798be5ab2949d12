import type { Category } from '../attempt.ts';

const ALL = `const traps = (keep) => { const made = {}; for (const name of Object.getOwnPropertyNames(Reflect)) made[name] = (...args) => { keep(args); return Reflect[name](...args) }; return made };`;

/** Tier 2: traps that see what the platform does. */
export const PROXIES: Category = {
  category: 'proxy traps',
  attempts: {
    'every trap, under every argument of fetch': `${ALL} const got = []; const wrap = (value) => new Proxy(value, traps((args) => got.push(args)));
      for (const init of [{ headers: {} }, { method: 'POST', body: 'x' }, { signal: new AbortController().signal }, { redirect: 'follow' }]) try { await fetch('LISTENER', wrap(Object.fromEntries(Object.entries(init).map(([key, value]) => [key, Object(value) === value ? wrap(value) : value])))) } catch (error) { got.push(error) }
      return got`,
    'every trap, around the platform object itself': `${ALL} const got = [];
      for (const name of ['console', 'crypto', 'performance', 'navigator', 'Buffer', 'URL', 'Intl']) { const value = globalThis[name]; if (!value) continue;
        const wrapped = new Proxy(value, traps((args) => got.push(args)));
        for (const key of Reflect.ownKeys(wrapped)) try { got.push(wrapped[key]); if (typeof wrapped[key] === 'function') got.push(wrapped[key]()) } catch (error) { got.push(error) } }
      return got`,
    'the global behind a proxy': `${ALL} const got = [];
      const wrapped = new Proxy(globalThis, traps((args) => got.push(args[0] === globalThis ? 0 : args)));
      for (const call of [() => wrapped.setTimeout(() => {}, 0), () => wrapped.fetch('LISTENER'), () => wrapped.console.log(wrapped), () => wrapped.eval('this'), () => wrapped.Function('return this')()]) try { got.push(await call()) } catch (error) { got.push(error) }
      return got`,
    'a proxy that becomes another object between two looks': `
      let times = 0; const got = [];
      const value = new Proxy({}, { get(_, key) { times++; return times % 2 ? 'LISTENER' : { toString() { got.push(new Error().stack); return 'a' } } }, ownKeys: () => (times++ % 2 ? ['a'] : ['b', 'c']), getOwnPropertyDescriptor: () => ({ value: times, enumerable: true, configurable: true }) });
      for (const call of [() => console.log(value), () => new Headers(value), () => structuredClone(value), () => new URLSearchParams(value), () => console.table(value)]) try { got.push(call()) } catch (error) { got.push(error) }
      return value`,
    'a proxy of a typed array as bytes': `
      const got = []; const view = new Proxy(new Uint8Array(8), { get(target, key, receiver) { got.push([key, receiver]); const value = Reflect.get(target, key, target); return typeof value === 'function' ? value.bind(target) : value } });
      for (const call of [() => crypto.subtle.digest('SHA-256', view), () => crypto.getRandomValues(view), () => new TextDecoder().decode(view), () => new Blob([view]), () => Buffer.from(view), () => new Response(view)]) try { got.push(await call()) } catch (error) { got.push(error) }
      return got`,
    'a proxy of a proxy of a proxy': `
      let value = {}; for (let i = 0; i < 2000; i++) value = new Proxy(value, {});
      const got = []; try { console.log(value); console.dir(value, { depth: 10 }) } catch (error) { got.push(error) }
      try { got.push(value.x, Object.keys(value)) } catch (error) { got.push(error) }
      return got`,
    'invariants that a trap breaks': `
      const target = Object.freeze({ a: 1 }); const got = [];
      const liar = new Proxy(target, { get: () => console, ownKeys: () => ['b'], getOwnPropertyDescriptor: () => ({ value: console, configurable: true }), getPrototypeOf: () => console, has: () => false });
      for (const call of [() => liar.a, () => Object.keys(liar), () => 'a' in liar, () => Object.getPrototypeOf(liar), () => console.log(liar), () => JSON.stringify(liar)]) try { got.push(call()) } catch (error) { got.push(error, error.constructor.constructor('return this')()) }
      return got`,
    'getPrototypeOf that claims another class': `
      const got = [];
      for (const type of ['Request', 'Response', 'Headers', 'Blob', 'AbortSignal', 'ReadableStream', 'CryptoKey', 'Error', 'Uint8Array', 'Map', 'Promise']) { const Type = globalThis[type]; if (!Type) continue;
        const liar = new Proxy({}, { getPrototypeOf: () => Type.prototype, get: (_, key) => (key === Symbol.toStringTag ? type : undefined) });
        for (const call of [() => console.log(liar), () => structuredClone(liar), () => fetch(liar), () => new Response(liar), () => crypto.subtle.exportKey('raw', liar)]) try { got.push(await call()) } catch (error) { got.push(error) } }
      return got`,
    'a receiver that is a proxy of an instance': `
      const got = [];
      for (const made of [() => new URL('http://a/'), () => new Headers(), () => new AbortController(), () => new Response('x'), () => new Blob([]), () => new EventTarget()]) {
        try { const one = made(); const wrapped = new Proxy(one, {}); for (const key of Reflect.ownKeys(Object.getPrototypeOf(one))) try { const value = wrapped[key]; got.push(value); if (typeof value === 'function') { const answer = value.call(wrapped, 'a', 'b'); answer?.catch?.((error) => got.push(error)); got.push(answer) } } catch (error) { got.push(error) } } catch (error) { got.push(error) }
      }
      return got`,
    'apply and construct traps given to the platform': `
      const got = []; const call = new Proxy(function () {}, { apply(...args) { got.push(args); return 1 }, construct(...args) { got.push(args); return console } });
      for (const use of [() => queueMicrotask(call), () => setTimeout(call, 0), () => new Promise(call), () => [1].map(call), () => new EventTarget().addEventListener('x', call), () => new ReadableStream(call), () => Promise.resolve(1).then(call, call), () => JSON.parse('[1]', call), () => Reflect.construct(URL, ['http://a/'], call)]) try { got.push(use()) } catch (error) { got.push(error) }
      if (globalThis.setTimeout) await new Promise((done) => setTimeout(done, 2));
      return got`,
    'a revoked proxy in every place': `
      const dead = () => { const { proxy, revoke } = Proxy.revocable(function () {}, {}); revoke(); return proxy }; const got = [];
      for (const call of [() => console.log(dead()), () => fetch(dead()), () => fetch('LISTENER', dead()), () => new Headers(dead()), () => structuredClone(dead()), () => queueMicrotask(dead()), () => new Error('x', dead()), () => crypto.subtle.digest(dead(), dead()), () => new Promise(dead()), () => Error.captureStackTrace(dead())]) try { got.push(await call()) } catch (error) { got.push(error) }
      return dead()`,
  },
};
