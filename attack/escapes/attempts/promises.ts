import type { Category } from '../attempt.ts';

/** Tier 2: promises of the platform, between being made and being read. */
export const PROMISES: Category = {
  category: 'promises and async',
  attempts: {
    'then replaced while a host call is under way': `
      const got = []; const { then } = Promise.prototype;
      const pending = [crypto.subtle.digest('SHA-256', new Uint8Array(1)), fetch('LISTENER').catch((error) => error)];
      try { Object.defineProperty(Promise.prototype, 'then', { configurable: true, value(...args) { got.push(this, args); return Reflect.apply(then, this, args) } }) } catch (error) { got.push(error) }
      got.push(await pending[0], await pending[1]);
      return got`,
    'then as a getter on Object.prototype': `
      const got = [];
      try { Object.defineProperty(Object.prototype, 'then', { configurable: true, get() { got[got.length] = this; return undefined } }) } catch {}
      try { await crypto.subtle.digest('SHA-1', new Uint8Array(2)) } catch (error) { got.push(error) }
      try { await fetch('LISTENER') } catch (error) { got.push(error) }
      console.log({}); await null; delete Object.prototype.then;
      return got`,
    'then as a method on Object.prototype that settles with this': `
      const got = [];
      try { Object.prototype.then = function (resolve) { got[got.length] = this; delete Object.prototype.then; resolve(1) } } catch {}
      const soon = async () => { for (let i = 0; i < 2000; i++) await null };
      try { got.push(await Promise.race([crypto.subtle.digest('SHA-1', new Uint8Array(2)), soon()])) } catch (error) { got.push(error) }
      delete Object.prototype.then;
      return got`,
    'a species that is looked up twice': `
      const got = []; let times = 0;
      class Mine extends Promise { static get [Symbol.species]() { return times++ % 2 ? Promise : function (executor) { got.push(executor); executor((value) => got.push(value), (error) => got.push(error)); return { then() {} } } } }
      const mine = new Mine((resolve) => resolve(console)); got.push(mine.then((value) => value), mine.catch(() => {}), mine.finally(() => {}));
      return got`,
    'the constructor of a platform promise exchanged': `
      const got = [];
      class Catch { constructor(executor) { got.push(executor); executor((value) => got.push(value), (error) => got.push(error)) } }
      for (const make of [() => fetch('LISTENER'), () => crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign']), () => new Response('x').text(), () => new Blob(['x']).arrayBuffer()]) try { const promise = make(); promise.constructor = { [Symbol.species]: Catch }; got.push(promise.then((value) => value, (error) => error)); await null } catch (error) { got.push(error) }
      if (globalThis.setTimeout) await new Promise((done) => setTimeout(done, 2));
      return got`,
    'static methods stolen onto strangers': `
      const got = []; function Fake(executor) { got.push(executor); executor((value) => got.push(value), (error) => got.push(error)); this.then = () => {} }
      Fake.resolve = (value) => { got.push(value); return Promise.resolve(value) };
      for (const name of ['resolve', 'reject', 'all', 'race', 'any', 'allSettled', 'withResolvers', 'try']) try { got.push(Promise[name]?.call(Fake, [console, fetch])) } catch (error) { got.push(error) }
      return got`,
    'resolve functions called again and by others': `
      const { promise, resolve, reject } = Promise.withResolvers(); resolve(promise); reject(1); resolve(console);
      const got = []; try { await promise } catch (error) { got.push(error, error.constructor.constructor('return this')()) }
      return [got, resolve.constructor, Object.getOwnPropertyNames(resolve)]`,
    'a thenable that settles twice, later and never': `
      const got = []; const odd = { then(resolve, reject) { resolve({ then(again) { got.push(again); again(console) } }); reject(new Error('x')); resolve(1) } };
      got.push(await odd, await Promise.race([odd, { then() {} }]));
      return got`,
    'async generators that are returned into': `
      const got = []; async function* make() { try { yield console } finally { got.push(this, new Error().stack) } }
      const one = make(); got.push(await one.next(), await one.return({ then(resolve) { got.push(resolve); resolve(1) } }), await one.throw?.(1).catch((error) => error));
      for (const body of [one, { async *[Symbol.asyncIterator]() { yield new Uint8Array(1); throw console } }]) try { got.push(await new Response(body).text(), await new Response(ReadableStream.from(body)).text()) } catch (error) { got.push(error) }
      return got`,
    'Array.fromAsync over hostile iterators': `
      const got = []; 
      try { got.push(await Array.fromAsync({ [Symbol.asyncIterator]() { got.push(this); return { next: () => ({ get done() { got.push(new Error().stack); return got.length > 4 }, value: console }), get return() { got.push(1) } } } })) } catch (error) { got.push(error) }
      try { got.push(await Array.fromAsync.call(function (...args) { got.push(args, new.target); return console }, [1])) } catch (error) { got.push(error) }
      return got`,
    'await of what is not awaited': `
      const got = []; const value = { get then() { got.push(new Error().stack, this); throw console } };
      try { await value } catch (error) { got.push(error) } try { await Promise.all([value]) } catch (error) { got.push(error) } try { await new Promise((resolve) => resolve(value)) } catch (error) { got.push(error) }
      return got`,
    'unhandled rejections of hostile values': `
      for (const value of [null, { __proto__: null }, new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } }), Symbol('x'), { get message() { throw 3 }, get stack() { throw 4 } }]) { Promise.reject(value); (async () => { throw value })(); new Promise((_, no) => no(value)).finally(() => {}) }
      await null; return 1`,
    'the result is a promise that changes the realm as it is read': `
      return { then(resolve) { try { Array.prototype[0] = 1; Object.prototype.toJSON = () => 'x'; JSON.stringify = () => 'LISTENER' } catch {} resolve({ a: [1, { b: 2 }] }) } }`,
    'a result whose constructor is a trap': `
      const promise = Promise.resolve(1); const got = [];
      Object.defineProperty(promise, 'constructor', { get() { got.push(new Error().stack); throw console } }); Object.defineProperty(promise, 'then', { value(resolve) { resolve(got) } });
      return promise`,
  },
};
