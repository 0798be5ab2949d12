/**
 * What is done to any function of the platform: guest text in which `use(value, callback)` calls it with a hostile
 * object and a hostile function. Each returns what it got hold of.
 */
export const TRICKS: Record<string, string> = {
  'values that look at who asks': `
    const got = []; const ask = function ask() { got.push(this, ask.caller, ask.arguments, ask.caller?.arguments, ask.caller?.caller); return 'a' };
    const value = { toString: ask, valueOf: ask, [Symbol.toPrimitive]: ask, toJSON: ask, [Symbol.iterator]() { ask(); return [][Symbol.iterator]() }, get then() { ask() }, get name() { return ask() }, get type() { return ask() }, get length() { ask(); return 1 }, get 0() { return ask() } };
    try { got.push(await use(value, ask)) } catch (error) { got.push(error) }
    return got`,
  'a proxy that sees everything': `
    const got = []; const traps = {}; for (const name of Object.getOwnPropertyNames(Reflect)) traps[name] = (...args) => { got.push(args, new Error().stack); return Reflect[name](...args) };
    try { got.push(await use(new Proxy({}, traps), new Proxy(function () {}, traps))) } catch (error) { got.push(error) }
    try { got.push(await use(new Proxy([], traps), new Proxy(class {}, traps))) } catch (error) { got.push(error) }
    return got`,
  'call sites of all that it throws': `
    const got = []; const keep = (frame) => { for (const name of ['getThis', 'getFunction', 'getFileName', 'getEvalOrigin', 'getTypeName']) try { got.push(frame[name]?.()) } catch (error) { got.push(error) } };
    Error.prepareStackTrace = (error, frames) => { got.push(error, frames); for (let i = 0; i < frames.length; i++) keep(frames[i]); return '' }; Error.stackTraceLimit = 100;
    const look = () => { void new Error().stack; throw new Error('x') };
    for (const value of [undefined, Symbol('x'), { get a() { look() }, toString: look }, 'LISTENER']) try { got.push(await use(value, look)) } catch (error) { got.push(error?.stack, error) }
    return got`,
  'prototypes that catch what falls through': `
    const got = []; const keys = [0, 1, 2, 3, 'ok', 'json', 'bytes', 'value', 'done', 'get', 'set', 'then', 'name', 'type', 'signal', 'call', 'apply', 'copy', 'arguments', 'result', 'reference', 'length', 'next', 'constructor'];
    const own = []; for (const holder of [Object.prototype, Array.prototype]) for (const key of keys) { if (Object.hasOwn(holder, key)) continue; own.push([holder, key]);
      try { Object.defineProperty(holder, key, { configurable: true, get() { got[got.length] = this; return undefined }, set(value) { got[got.length] = this; got[got.length] = value; Object.defineProperty(this, key, { __proto__: null, value, writable: true, configurable: true, enumerable: true }) } }) } catch {} }
    let answer; try { answer = await use('LISTENER', () => 1) } catch (error) { answer = error }
    for (let i = 0; i < own.length; i++) delete own[i][0][own[i][1]];
    return [got, answer]`,
  'built-ins that keep what comes by': `
    const got = [], { apply } = Reflect, define = Object.defineProperty; let on = true; const undo = [];
    const watch = (holder, name) => { const own = holder[name]; try { define(holder, name, { configurable: true, writable: true, value(...args) { if (on) { on = false; got[got.length] = this; got[got.length] = args; on = true } return apply(own, this, args) } }); undo[undo.length] = () => define(holder, name, { configurable: true, writable: true, value: own }) } catch {} };
    for (const [holder, names] of [[Function.prototype, ['call', 'apply', 'bind']], [Array.prototype, ['push', 'map', 'forEach', 'slice', Symbol.iterator]], [Promise.prototype, ['then']], [Promise, ['resolve', 'withResolvers']], [Reflect, ['apply', 'construct', 'ownKeys']], [Object, ['defineProperty', 'keys', 'setPrototypeOf', 'freeze']], [JSON, ['parse', 'stringify']], [Map.prototype, ['get', 'set']], [WeakMap.prototype, ['get', 'set']], [String.prototype, ['slice', 'charCodeAt']]]) for (const name of names) watch(holder, name);
    let answer; try { answer = await use('LISTENER', () => 1) } catch (error) { answer = error }
    on = false; for (let i = 0; i < undo.length; i++) undo[i]();
    return [got, answer]`,
  'the last frames of the stack': `
    const got = []; let left = 60; const fall = () => { try { fall() } catch (error) { if (left-- > 0) { try { got.push(use('LISTENER', () => 1)) } catch (inner) { got.push(inner, inner.stack) } throw error } } };
    try { fall() } catch (error) { got.push(error) }
    const settled = await Promise.race([Promise.allSettled(got.filter((value) => value instanceof Promise)), new Promise((done) => (globalThis.setTimeout ? setTimeout(done, 30) : done()))]);
    return [got, settled]`,
  'throws without a prototype': `
    const got = []; const bare = () => { throw { __proto__: null, get message() { got.push(new Error().stack); throw 1 } } };
    const value = new Proxy({}, { get: bare, has: bare, ownKeys: bare, getPrototypeOf: bare, getOwnPropertyDescriptor: bare });
    for (const one of [value, { toString: bare, valueOf: bare, get then() { return bare() }, [Symbol.iterator]: bare }]) try { got.push(await use(one, bare)) } catch (error) { got.push(error) }
    return got`,
  'constructors of all that comes out': `
    const got = []; const make = (value) => { for (let at = value, n = 0; Object(at) === at && n < 8; at = Object.getPrototypeOf(at), n++) { got.push(at); for (const key of Reflect.ownKeys(at)) try { got.push(at[key]) } catch (error) { got.push(error) } try { got.push(at.constructor.constructor('return [typeof process, this]')()) } catch (error) { got.push(error) } } };
    for (const value of ['LISTENER', {}, null, [], new Uint8Array(2)]) try { make(await use(value, (...args) => { make(args); for (const one of args) make(one) })) } catch (error) { make(error) }
    return got`,
};
