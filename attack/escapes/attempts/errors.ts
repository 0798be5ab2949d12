import type { Category } from '../attempt.ts';

const SITES = `const sites = []; const keep = (site) => { for (const name of ['getThis', 'getFunction', 'getFileName', 'getScriptNameOrSourceURL', 'getEvalOrigin', 'getTypeName', 'getPromiseIndex', 'getScriptHash', 'getEnclosingLineNumber', 'toString']) try { sites.push(site[name]?.()) } catch (error) { sites.push(error) } };
  const trap = (error, frames) => { for (let i = 0; i < frames.length; i++) keep(frames[i]); sites.push(frames, error); return '' };`;

/** Tier 1 and 3: error objects, their stacks, and whoever formats them. */
export const ERROR_OBJECTS: Category = {
  category: 'error objects',
  attempts: {
    'call sites of every kind of error': `${SITES} Error.prepareStackTrace = trap;
      for (const Type of [Error, TypeError, RangeError, SyntaxError, AggregateError, globalThis.SuppressedError, globalThis.DOMException]) try { void new Type([], 'x').stack } catch (error) { sites.push(error) }
      return sites`,
    'call sites on every constructor, not on Error alone': `${SITES}
      for (const Type of [TypeError, RangeError, globalThis.DOMException ?? Error]) try { Type.prepareStackTrace = trap } catch {}
      try { null.x } catch (error) { void error.stack } try { new URL('') } catch (error) { void error.stack }
      return sites`,
    'call sites in the middle of a sort': `${SITES} Error.prepareStackTrace = trap;
      [3, 1, 2].sort(() => { void new Error().stack; return 0 }); [1].flatMap(() => void new Error().stack);
      JSON.stringify({ toJSON() { void new Error().stack } }); JSON.parse('[1]', () => void new Error().stack);
      return sites`,
    'call sites out of a callback of each shim': `${SITES} Error.prepareStackTrace = trap;
      const look = () => { void new Error().stack; return 'a' }; const value = { toString: look, valueOf: look, toJSON: look, get then() { look() } };
      for (const call of [() => console.log('%j %s', value, value), () => new Headers({ a: value }), () => btoa(value), () => new Blob([value]), () => new URLSearchParams(value), () => new Event(value), () => structuredClone({ get a() { look() } }), () => performance.mark(value), () => new TextDecoder(value)]) try { call() } catch (error) { sites.push(error) }
      return sites`,
    'a prepareStackTrace that is a getter': `
      const got = [];
      Object.defineProperty(Error, 'prepareStackTrace', { configurable: true, get() { got.push(this, new.target); return (error, frames) => (got.push(frames.map((frame) => [frame.getThis?.(), frame.getFunction?.()])), 'x') } });
      try { await crypto.subtle.digest('no', new Uint8Array(1)) } catch (error) { got.push(error.stack) }
      try { await fetch('LISTENER') } catch (error) { got.push(error.stack) }
      return got`,
    'a prepareStackTrace on Object.prototype': `${SITES}
      try { Object.prototype.prepareStackTrace = trap } catch {}
      try { new URL('nope') } catch (error) { void error.stack } console.log(new Error('x')); console.trace();
      delete Object.prototype.prepareStackTrace; return sites`,
    'stackTraceLimit that is no number': `
      const got = [];
      for (const limit of [Infinity, -1, NaN, '9', { valueOf() { got.push(this); return 9 } }, null]) { Error.stackTraceLimit = limit; try { new URL('') } catch (error) { got.push(error.stack) } try { null.x } catch (error) { got.push(error.stack) } }
      return got`,
    'stackTraceLimit that cannot be changed': `
      try { Object.defineProperty(Error, 'stackTraceLimit', { value: 200, writable: false, configurable: false }) } catch {}
      const got = []; try { await crypto.subtle.generateKey('no', true, []) } catch (error) { got.push(error.stack, error) } console.trace('here');
      return got`,
    'captureStackTrace on prototypes and on the global': `
      const got = [];
      for (const target of [globalThis, Object.prototype, Function.prototype, console, Error.prototype]) try { Error.captureStackTrace(target); got.push(Object.getOwnPropertyDescriptor(target, 'stack')); delete target.stack } catch (error) { got.push(error) }
      return got`,
    'the accessor of stack, on another object': `
      const own = Object.getOwnPropertyDescriptor(new Error(), 'stack');
      const got = [own, own.get, own.set];
      for (const target of [console, globalThis, {}, Object.create(new Error())]) try { got.push(own.get?.call(target)); own.set?.call(target, 'x') } catch (error) { got.push(error) }
      return got`,
    'a symbol as the name, at every depth': `
      const got = [];
      const error = new TypeError('x'); Object.defineProperty(error, 'name', { value: Symbol('n') });
      const outer = new Error('y', { cause: error });
      try { console.log(outer); console.error({ outer }); console.table([outer]) } catch (thrown) { got.push(thrown, thrown.constructor.constructor('return this')()) }
      throw outer`,
    'a name that is a symbol, thrown while a stack is made': `
      const got = []; const hostile = { get name() { throw Symbol('x') }, get message() { throw { __proto__: null } } };
      Object.setPrototypeOf(hostile, Error.prototype); Error.captureStackTrace(hostile);
      try { void hostile.stack; console.log(hostile) } catch (thrown) { got.push(thrown) }
      throw hostile`,
    'cause as a getter of a thrown error': `
      const error = new Error('x'); let times = 0;
      Object.defineProperty(error, 'cause', { get() { return ++times > 5 ? undefined : error } });
      console.error(error); throw error`,
    'cause chains through host failures': `
      const got = [];
      for (const call of [() => fetch('LISTENER'), () => crypto.subtle.digest('no', new Uint8Array(1)), () => new Response(new ReadableStream({ start(c) { c.error(console) } })).text()]) {
        try { await call() } catch (error) { for (let at = error, n = 0; Object(at) === at && n < 9; at = at.cause, n++) got.push(at, Object.getOwnPropertyDescriptors(at), at.constructor?.constructor?.('return this')()) }
      }
      return got`,
    'an error that was frozen before it is thrown': `
      const error = Object.freeze(Object.assign(new Error('x'), { a: console })); console.log(error); throw error`,
    'an error of a hundred fields that are getters': `
      const error = new Error('x'); const got = [];
      for (let i = 0; i < 100; i++) Object.defineProperty(error, 'f' + i, { enumerable: true, get() { got.push(new Error().stack); return this } });
      console.log(error); console.dir(error); return got.slice(0, 5)`,
    'isError on what is none': `
      return [console, globalThis, Object.create(Error.prototype), new Proxy(new Error('x'), {})].map((value) => Error.isError?.(value))`,
    'a stack with a name that looks like the host': `
      const f = { ['at Object.<anonymous> (node:internal' + '/x.js)']() { throw new Error('x') } };
      try { Object.values(f)[0]() } catch (error) { return error.stack.length }`,
  },
};
