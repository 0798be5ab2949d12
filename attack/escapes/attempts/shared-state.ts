import type { Category } from '../attempt.ts';

const CALLS = `const calls = async () => {
  console.log('%j', { a: [1] }, new Map([[1, 2]]));
  try { await crypto.subtle.digest('SHA-256', new Uint8Array(4)) } catch {} try { crypto.randomUUID() } catch {}
  try { await fetch('LISTENER', { headers: { a: 'b' } }) } catch {} try { new URL('http://a/b?c').searchParams.get('c') } catch {}
  try { new AbortController().abort() } catch {} try { new TextDecoder('latin1').decode(new Uint8Array(2)) } catch {}
  try { structuredClone([{ a: 1 }]) } catch {} try { const { port1, port2 } = new MessageChannel(); port1.postMessage([1]); port1.close(); port2.close() } catch {}
};`;
const setters = (holder: string, keys: string) => `${CALLS} const got = [];
  for (const key of ${keys}) try { Object.defineProperty(${holder}, key, { configurable: true,
    get() { got[got.length] = this; return undefined },
    set(value) { got[got.length] = this; got[got.length] = value; Object.defineProperty(this, key, { __proto__: null, value, writable: true, configurable: true, enumerable: true }) } }) } catch {}
  await calls(); for (const key of ${keys}) delete ${holder}[key];
  return got`;

/** Tier 2 and 3: bookkeeping of the platform that falls through to a prototype of the guest's. */
export const SHARED_STATE: Category = {
  category: 'bridge internals and prototype write-through',
  attempts: {
    'setters on the first hundred indexes of Array.prototype': setters(
      'Array.prototype',
      '[...Array(100).keys()]',
    ),
    'setters on the first hundred indexes of Object.prototype': setters(
      'Object.prototype',
      '[...Array(100).keys()]',
    ),
    'setters on indexes of Function.prototype and String.prototype': setters(
      'Function.prototype',
      '[0, 1, 2, 3, "length", "name"]',
    ),
    'setters for what a stream keeps': setters(
      'Object.prototype',
      '["queue", "state", "reader", "controller", "chunk", "size", "started", "closed", "pending", "resolve", "reject", "promise", "next", "previous", "head", "tail", "first", "last"]',
    ),
    'setters for what a bridge keeps': setters(
      'Object.prototype',
      '["hooks", "call", "callSync", "apply", "log", "loadGroup", "core", "use", "loaded", "offers", "carry", "fail", "hostCall", "hostCallSync", "primordials", "ok", "json", "bytes", "requestId"]',
    ),
    'setters for what a port keeps': setters(
      'Object.prototype',
      '["post", "done", "deliver", "sent", "outbox", "id", "kind", "frames", "owner", "handlers", "tools", "signal", "attach", "detach", "server", "tell"]',
    ),
    'setters for what a timer keeps': setters(
      'Object.prototype',
      '["due", "order", "callback", "args", "repeat", "cancelled", "ms", "timer", "heap"]',
    ),
    'setters for what events keep': setters(
      'Object.prototype',
      '["type", "target", "currentTarget", "listeners", "listener", "once", "passive", "capture", "removed", "detail", "phase", "path"]',
    ),
    'setters for what a run keeps': setters(
      'Object.prototype',
      '["input", "env", "value", "exports", "error", "exitReason", "settle", "output", "limit", "refusal", "path", "message", "name", "stack", "namespace", "default"]',
    ),
    'setters for what isolated-vm reads': setters(
      'Object.prototype',
      '["arguments", "result", "promise", "copy", "reference", "externalCopy", "transferIn", "transferOut", "release", "timeout", "unsafeInherit", "ignored", "async", "sync", "filename", "cachedData"]',
    ),
    'setters for descriptors': setters(
      'Object.prototype',
      '["get", "set", "value", "writable", "enumerable", "configurable"]',
    ),
    'a getter called get that answers a function': `${CALLS} const got = [];
      try { Object.defineProperty(Object.prototype, 'get', { configurable: true, value: function () { got[got.length] = this; return console } }) } catch {}
      await calls(); delete Object.prototype.get; return got`,
    'in: names that a platform asks for': `${CALLS} const got = [];
      const names = ['type', 'headers', 'body', 'signal', 'method', 'mode', 'cache', 'redirect', 'duplex', 'highWaterMark', 'fatal', 'ignoreBOM', 'stream', 'once', 'capture', 'transfer', 'cause', 'detail', 'bubbles'];
      for (const name of names) try { Object.prototype[name] = 'LISTENER' } catch {}
      try { got.push(await fetch('https://nowhere.invalid/')) } catch (error) { got.push(error) }
      try { got.push(new Request('http://a/', {}), new Response('x', {}), new Event('x', {}), new TextDecoder('utf-8', {})) } catch (error) { got.push(error) }
      for (const name of names) delete Object.prototype[name]; return got`,
    'in: a prototype of Array.prototype that has everything': `${CALLS} const got = [];
      try { Object.setPrototypeOf(Array.prototype, new Proxy({}, { has(_, key) { got[got.length] = key; return true }, get(_, key, receiver) { got[got.length] = receiver; return console } })) } catch (error) { got.push(error) }
      await calls(); return got`,
    'a polluted toString and valueOf of Object': `${CALLS} const got = []; const { toString, valueOf } = Object.prototype;
      try { Object.prototype.toString = function () { got[got.length] = this; return 'LISTENER' }; Object.prototype.valueOf = function () { got[got.length] = this; return 1 } } catch {}
      await calls(); try { Object.prototype.toString = toString; Object.prototype.valueOf = valueOf } catch {} return got`,
    'toJSON on every prototype': `${CALLS} const got = []; const holders = [Object, Array, String, Number, Boolean, Function, BigInt, Symbol, Map, Uint8Array, Error];
      for (const holder of holders) try { holder.prototype.toJSON = function (key) { got[got.length] = this; return { key, planted: 'LISTENER' } } } catch {}
      await calls(); for (const holder of holders) delete holder.prototype.toJSON; return got`,
    'a host answer that finds a getter of its names': `${CALLS} const got = [];
      for (const name of ['status', 'statusText', 'headers', 'url', 'redirected', 'ok', 'id', 'key', 'algorithm', 'usages', 'extractable', 'publicKey', 'privateKey']) try { Object.defineProperty(Object.prototype, name, { configurable: true, get() { got[got.length] = this; return console }, set(value) { got[got.length] = value } }) } catch {}
      try { got.push(await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign'])) } catch (error) { got.push(error) } await calls();
      for (const name of Reflect.ownKeys(Object.prototype)) if (Object.getOwnPropertyDescriptor(Object.prototype, name).get?.toString().includes('got[')) delete Object.prototype[name]; return got`,
    'Array.prototype.length and holes': `${CALLS} const got = [];
      try { Array.prototype.length = 5; Array.prototype[3] = console } catch {} await calls(); got.push([, , , ,][3]); try { Array.prototype.length = 0 } catch {} return got`,
    'WeakMap keys that are planted': `
      const got = []; const { get, set, has } = WeakMap.prototype;
      try { WeakMap.prototype.get = function (key) { got.push(this, key); return { queue: [], state: 'readable', core: console } } } catch {}
      try { got.push(new Headers().get('a'), new Response('x').body, new AbortController().signal.aborted, new URL('http://a/').href) } catch (error) { got.push(error) }
      try { WeakMap.prototype.get = get } catch {} return got`,
    'private state by a class that extends what it likes': `
      const got = []; class Plant { constructor(value) { return value } }
      for (const name of ['URL', 'Headers', 'Request', 'Response', 'AbortSignal', 'EventTarget', 'Blob', 'ReadableStream', 'CryptoKey', 'SubtleCrypto', 'Performance', 'MessagePort']) { const Type = globalThis[name]; if (!Type) continue;
        try { const Odd = Object.setPrototypeOf(class extends Plant {}, Type); got.push(new Odd(console)) } catch (error) { got.push(error) }
        try { const own = Object.getPrototypeOf(Type); Object.setPrototypeOf(Type, Plant); got.push(new Type(console)); Object.setPrototypeOf(Type, own) } catch (error) { got.push(error) } }
      return got`,
  },
};
