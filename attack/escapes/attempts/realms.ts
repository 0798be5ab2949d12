import type { Category } from '../attempt.ts';

/** Tier 2: what a formatter or another realm would share with the host. */
export const REALMS: Category = {
  category: 'inspection and other realms',
  attempts: {
    'inspect options that ask for proxies': `
      const got = []; const value = new Proxy({ a: 1 }, { get(...args) { got.push(args); return Reflect.get(...args) } });
      console.dir(value, { showProxy: true, showHidden: true, depth: Infinity, getters: true, compact: false, breakLength: 1, sorted: (a, b) => (got.push(a, b), 0), maxArrayLength: null });
      console.log('%O %o', value, value); return got`,
    'inspect options that are getters and proxies': `
      const got = []; const options = new Proxy({}, { get(target, key, receiver) { got.push(key, receiver, new Error().stack); return key === 'depth' ? { valueOf: () => (got.push('depth'), 3) } : undefined } });
      console.dir({ a: { b: { c: 1 } } }, options); console.table([{ a: 1 }], options); console.log('%s', options);
      return got`,
    'a custom inspector that keeps its arguments': `
      const got = []; const value = { inspect(...args) { got.push(this, args) }, [Symbol.for('nodejs.util.inspect.custom')](...args) { got.push(this, args); return { [Symbol.for('nodejs.util.inspect.custom')]: (...more) => (got.push(more), 'x') } } };
      console.log(value, { value }, [value]); console.dir(value, { customInspect: true }); console.assert(false, value); console.group(value); console.groupEnd(value); console.count(value); console.time(value);
      return got`,
    'format directives with hostile values': `
      const got = []; const value = { get constructor() { got.push(new Error().stack); throw 1 }, get [Symbol.toStringTag]() { got.push(this); throw 2 }, toString() { got.push(arguments); throw 3 } };
      for (const directive of ['%s', '%d', '%i', '%f', '%j', '%o', '%O', '%c', '%%', '%x']) try { console.log(directive, value, value) } catch (error) { got.push(error) }
      return got`,
    'tags that throw, symbols as class names': `
      const got = []; class A {} Object.defineProperty(A, 'name', { get() { got.push(new Error().stack); throw 1 } }); A.prototype[Symbol.toStringTag] = { toString() { got.push(this) } };
      const odd = Object.create({ constructor: new Proxy(class {}, { get(_, key) { got.push(key); return key === 'name' ? Symbol('n') : undefined } }) });
      try { console.log(new A(), A, odd, [new A()]); console.table([new A(), odd]) } catch (error) { got.push(error) }
      return got`,
    'a map, a set and a date whose methods are their own': `
      const got = []; const map = new Map([[1, 2]]); map.forEach = map.entries = map[Symbol.iterator] = function () { got.push(this, new Error().stack); return [][Symbol.iterator]() };
      const set = new Set([1]); Object.defineProperty(set, 'size', { get() { got.push(this); return 1e9 } });
      const date = new Date(); date.toISOString = date.getTime = () => (got.push('date'), 'x'); Object.setPrototypeOf(date, null);
      console.log(map, set, date, new Date(NaN)); return [got, structuredClone(new Map(map))]`,
    'a ShadowRealm and a vm': `
      const got = []; for (const call of [() => new ShadowRealm(), () => ShadowRealm.prototype, () => new (globalThis.Realm)(), () => new (globalThis.Compartment)({}), () => globalThis.vm.runInThisContext('process')]) try { got.push(call()) } catch (error) { got.push(error) }
      return got`,
    'a realm of a worker': `
      const got = []; for (const name of ['Worker', 'SharedWorker', 'ServiceWorker', 'importScripts', 'Window', 'document', 'frames', 'parent', 'opener', 'self', 'global', 'root']) got.push([name, typeof globalThis[name]]);
      try { new Worker('data:text/javascript,postMessage(1)') } catch (error) { got.push(error) }
      return got`,
    'messages that carry functions': `
      const got = []; const { port1, port2 } = new MessageChannel(); port2.onmessage = (event) => got.push(event, event.data, event.source, event.ports);
      for (const value of [console, fetch, () => {}, globalThis, port1, new Proxy({}, {}), { get a() { got.push(new Error().stack); return console } }]) try { port1.postMessage(value, [port1]) } catch (error) { got.push(error) }
      try { port1.postMessage({ a: 1 }) } catch (error) { got.push(error) } await new Promise((done) => setTimeout(done, 3)); port1.close(); port2.close();
      return got`,
    'intrinsics that differ between realms': `
      const eval1 = (0, eval)('Array'), eval2 = Function('return Array')();
      return [eval1 === Array, eval2 === Array, (0, eval)('globalThis') === globalThis, Function('return this')() === globalThis, Object.getPrototypeOf(input) === Object.prototype || Object.getPrototypeOf(input) === null]`,
    'time and place of the host': `
      return [Intl.DateTimeFormat().resolvedOptions().locale.length < 20, typeof new Date().getTimezoneOffset(), Intl.supportedValuesOf('timeZone').length > 1, new Intl.DisplayNames('en', { type: 'region' }).of('DE')]`,
  },
};
