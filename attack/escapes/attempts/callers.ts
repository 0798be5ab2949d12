import type { Category } from '../attempt.ts';

const ASK =
  'const ask = function ask() { got.push(ask.caller, ask.arguments); let at = ask.caller; for (let i = 0; at && i < 20; i++) { got.push(at, at.arguments); at = at.caller } return "a" };';

/** Tier 1: who called, and with what. */
export const CALLERS: Category = {
  category: 'caller and callee',
  attempts: {
    'caller out of every coercion': `const got = []; ${ASK}
      const value = { toString: ask, valueOf: ask, [Symbol.toPrimitive]: ask };
      for (const call of [() => new URL(value), () => new Headers([[value, value]]), () => atob(value), () => setTimeout(() => {}, value), () => new TextEncoder().encode(value), () => new Event(value), () => structuredClone(value), () => console.log('%d', value)]) try { call() } catch (error) { got.push(error) }
      return got`,
    'caller out of an event listener': `const got = []; ${ASK}
      const target = new EventTarget(); target.addEventListener('x', ask); target.addEventListener('x', { handleEvent: ask }); target.dispatchEvent(new Event('x'));
      const controller = new AbortController(); controller.signal.onabort = ask; controller.abort();
      return got`,
    'caller out of a timer and a microtask': `const got = []; ${ASK}
      queueMicrotask(ask); setTimeout(ask, 0); const id = setInterval(ask, 1); await new Promise((done) => setTimeout(done, 4)); clearInterval(id);
      return got`,
    'caller out of a stream': `const got = []; ${ASK}
      const stream = new ReadableStream({ start: ask, pull: ask, cancel: ask }, { size: ask, highWaterMark: 2 });
      try { await stream.getReader().cancel() } catch (error) { got.push(error) }
      try { await new WritableStream({ start: ask, write: ask, close: ask }).getWriter().write(1) } catch (error) { got.push(error) }
      try { const { readable, writable } = new TransformStream({ transform: ask, flush: ask }); const writer = writable.getWriter(); writer.write('a'); writer.close(); await readable.getReader().read() } catch (error) { got.push(error) }
      return got`,
    'caller out of a proxy trap': `const got = []; ${ASK}
      const traps = {}; for (const name of Reflect.ownKeys(Reflect)) if (typeof name === 'string') traps[name] = function trap() { got.push(trap.caller, trap.arguments); return Reflect[name](...arguments) };
      const value = new Proxy(function () {}, traps);
      console.log(value); console.table([value]); try { new Headers(value) } catch (error) { got.push(error) } try { structuredClone(value) } catch (error) { got.push(error) } try { await fetch('LISTENER', value) } catch (error) { got.push(error) }
      return got`,
    'caller out of a thenable': `const got = []; ${ASK}
      const thenable = { then: function then(resolve) { got.push(then.caller, then.arguments, resolve); resolve(1) } };
      await thenable; try { await new Response(thenable).text(); await crypto.subtle.digest('SHA-256', thenable) } catch (error) { got.push(error) }
      return got`,
    'caller out of the result': `const got = [];
      return { get a() { return String((function f() { return f.caller })()) }, toJSON: function toJSON() { return { caller: String(toJSON.caller), all: String(toJSON.arguments?.[0]) } } }`,
    'the callee of a sloppy wrapper': `
      return Function('return [arguments.callee, arguments.callee.caller, arguments.callee.caller?.arguments, arguments.callee.caller?.caller]')()`,
    'arguments that outlive their call': `
      let kept; const keep = function () { kept = arguments };
      console.log({ toString: keep }); try { keep.call(console, 1) } catch {}
      kept[0] = console; return [kept, kept.callee?.caller]`,
    'caller of an eval and of a Function': `
      return [eval('(function f() { return [f.caller, f.caller?.arguments] })()'), (0, eval)('(function f() { return f.caller })()'), Function('return (function f() { return f.caller })()')()]`,
    'the poisoned properties, made anew': `
      const got = [];
      for (const name of ['caller', 'arguments']) for (const target of [Function.prototype, console.log, globalThis.fetch, (() => {}), class {}]) {
        if (!target) continue;
        try { got.push(Object.getOwnPropertyDescriptor(target, name), Reflect.get(Function.prototype, name, target)) } catch (error) { got.push(error) }
        try { Object.defineProperty(target, name, { value: 1, configurable: true }); got.push(target[name]); delete target[name] } catch (error) { got.push(error) }
      }
      return got`,
  },
};
