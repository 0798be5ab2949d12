import type { Category } from '../attempt.ts';

/** Tier 3: SuppressedError and `using`; null-prototype throws; rejections that nobody handles. */
export const DISPOSAL: Category = {
  category: 'using, SuppressedError and null-prototype throws',
  attempts: {
    'SuppressedError over two host failures': `
      const got = []; try { using a = { [Symbol.dispose]() { new URL('no') } }; using b = { [Symbol.dispose]() { btoa('\\u1234') } }; new Headers([['\\n', '']]) } catch (error) { for (let at = error; at; at = at.suppressed) got.push(at, at.error, at.constructor.constructor('return this')()) } return got`,
    'SuppressedError by a full stack': `
      const got = []; let left = 200; const deep = () => { try { using a = { [Symbol.dispose]() { if (left-- > 0) deep() } }; deep() } catch (error) { if (got.length < 40) got.push(error, error.suppressed, error.error); throw error } }; try { deep() } catch (error) { got.push(error) } return got`,
    'await using over host calls that fail': `
      const got = []; try { await using a = { async [Symbol.asyncDispose]() { await crypto.subtle.digest('no', new Uint8Array(1)) } }; await using b = { [Symbol.asyncDispose]: () => fetch('LISTENER') }; await import('node:fs') } catch (error) { for (let at = error; at; at = at.suppressed) got.push(at, at.error, at.stack) } return got`,
    'DisposableStack of platform objects': `
      const got = []; const stack = new DisposableStack(); for (const value of [console, globalThis.crypto, globalThis.performance, globalThis.fetch]) try { stack.adopt(value, (one) => { got.push(one); throw one }) } catch (error) { got.push(error) } const moved = stack.move(); try { moved.dispose() } catch (error) { got.push(error) } return got`,
    'AsyncDisposableStack with hostile disposers': `
      const got = []; const stack = new AsyncDisposableStack(); stack.defer(() => { throw { __proto__: null } }); stack.use({ get [Symbol.asyncDispose]() { got.push(this); return async () => { throw new Proxy({}, { get() { throw 1 } }) } } }); try { await stack.disposeAsync() } catch (error) { got.push(error, error.error, error.suppressed) } return got`,
    'a disposer found on Object.prototype': `
      const got = []; try { Object.prototype[Symbol.dispose] = function () { got.push(this) }; Object.prototype[Symbol.asyncDispose] = Object.prototype[Symbol.dispose] } catch {} try { { using a = console; await using b = globalThis.crypto ?? {} } } catch (error) { got.push(error) } delete Object.prototype[Symbol.dispose]; delete Object.prototype[Symbol.asyncDispose]; return got`,
    'SuppressedError made of the platform': `
      const error = new SuppressedError(console, globalThis, 'x'); console.log(error); console.error({ error }); throw error`,
    'nothing with a prototype is thrown': `
      const got = []; for (const value of [{ __proto__: null }, { __proto__: null, message: 'm', stack: 's', name: 'n' }, Object.create(null, { toString: { get() { throw 1 } } })]) try { throw value } catch (error) { got.push(error); console.log(error); console.error('%s', error) } throw got[1]`,
    'thrown out of every callback of the platform': `
      const got = []; const bare = () => { throw { __proto__: null } };
      for (const call of [() => new EventTarget().dispatchEvent({ type: 'x' }), () => { const t = new EventTarget(); t.addEventListener('x', bare); t.dispatchEvent(new Event('x')) }, () => structuredClone({ get a() { bare() } }), () => new ReadableStream({ start: bare }), () => new Headers({ get a() { bare() } }), () => crypto.subtle.importKey('jwk', { get kty() { bare() } }, 'x', true, [])]) try { got.push(await call()) } catch (error) { got.push(error) } return got`,
    'thrown out of a timer and a microtask': `
      queueMicrotask(() => { throw { __proto__: null } }); setTimeout(() => { throw new Proxy({}, { getPrototypeOf() { throw 1 }, get() { throw 2 } }) }, 0); await new Promise((done) => setTimeout(done, 5)); return 1`,
    'thrown out of the result': `return { get a() { throw { __proto__: null, get message() { throw Symbol('m') } } } }`,
    'a thousand rejections that nobody handles': `for (let i = 0; i < 1000; i++) { Promise.reject({ __proto__: null, i }); (async () => { await null; throw new Error('late') })() } await null; await null; return 1`,
    'rejections that are handled too late': `const late = Promise.reject(new Error('late')); await null; await null; return await late.catch((error) => [error, error.stack])`,
    'handlers for rejections that the guest adds': `
      const got = []; for (const name of ['onunhandledrejection', 'onrejectionhandled', 'onerror', 'onuncaughtexception']) globalThis[name] = (...args) => got.push(args); globalThis.addEventListener?.('unhandledrejection', (event) => got.push(event)); Promise.reject(1); try { reportError?.(new Error('x')) } catch (error) { got.push(error) } await null; if (globalThis.setTimeout) await new Promise((done) => setTimeout(done, 2)); return got`,
  },
};
