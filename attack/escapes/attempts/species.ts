import type { Category } from '../attempt.ts';

/** Tier 3: species, self-returning constructors, buffers that change size or hands. */
export const SPECIES: Category = {
  category: 'species, buffers and views',
  attempts: {
    'an array species that answers itself, for every method': `
      const got = []; for (const [name, ...args] of [['map', (x) => x], ['filter', () => true], ['slice', 0], ['splice', 0, 1], ['concat', [console]], ['flat'], ['flatMap', (x) => [x]]]) { const own = [1, 2]; own.constructor = { [Symbol.species]: function () { return own } }; try { got.push(own[name](...args), own) } catch (error) { got.push(error) } } return got`,
    'a species that answers an object of the platform': `
      const got = []; for (const answer of [console, globalThis, globalThis.crypto, Function.prototype]) { const own = [1, 2, 3]; own.constructor = { [Symbol.species]: function () { return answer } }; try { got.push(own.map((x) => x)) } catch (error) { got.push(error) } } for (const key of [0, 1, 2]) { delete console[key]; delete globalThis[key] } return got`,
    'a species of typed arrays that is too small or too large': `
      const got = []; class Odd extends Uint8Array { static get [Symbol.species]() { return function (length) { got.push(length); return new Uint8Array(length === 4 ? 1 : 4096) } } } for (const call of [(v) => v.map((x) => x), (v) => v.subarray(1), (v) => v.slice(0, 4), (v) => v.filter(() => true)]) try { got.push(call(new Odd(4))) } catch (error) { got.push(error) } return got`,
    'a species of ArrayBuffer that answers the same one': `
      const got = []; const own = new ArrayBuffer(64); own.constructor = { [Symbol.species]: function () { return own } }; try { got.push(own.slice(0)) } catch (error) { got.push(error) } const other = new ArrayBuffer(8); own.constructor = { [Symbol.species]: function () { other.transfer?.(); return other } }; try { got.push(own.slice(0, 8)) } catch (error) { got.push(error) } return got`,
    'RegExp species and lastIndex': `
      const got = []; class Odd extends RegExp { static get [Symbol.species]() { return function (...args) { got.push(args); return { exec: (text) => (got.push(text), null), get lastIndex() { return 0 }, set lastIndex(value) { got.push(value) } } } } } try { got.push('abc'.split(new Odd('b')), 'abc'.replace(new Odd('b', 'g'), console.log), [...'abc'.matchAll(new Odd('b', 'g'))]) } catch (error) { got.push(error) } return got`,
    'a buffer that is detached while it is read': `
      const got = []; const detach = (buffer) => { try { structuredClone(buffer, { transfer: [buffer] }) } catch { buffer.transfer?.() } };
      for (const call of [(b, v) => crypto.subtle.digest({ get name() { detach(b); return 'SHA-256' } }, v), (b, v) => crypto.subtle.importKey('raw', v, { get name() { detach(b); return 'AES-GCM' } }, true, ['encrypt']), (b, v) => new TextDecoder().decode(v, { get stream() { detach(b); return false } }), (b, v) => new Blob([v, { toString() { detach(b); return 'x' } }]).text(), (b, v) => v.set([{ valueOf() { detach(b); return 1 } }])]) { const buffer = new ArrayBuffer(64); try { got.push(await call(buffer, new Uint8Array(buffer))) } catch (error) { got.push(error) } } return got`,
    'a buffer that grows and shrinks while it is read': `
      const got = []; for (const size of [0, 1, 4096]) for (const call of [(b, v) => crypto.subtle.digest({ get name() { b.resize(size); return 'SHA-256' } }, v), (b, v) => new TextDecoder().decode(v, { get stream() { b.resize(size); return false } }), (b, v) => structuredClone({ v, get x() { b.resize(size) } }), (b, v) => Buffer.from(v).toString('hex'), (b, v) => crypto.getRandomValues(v)]) { const buffer = new ArrayBuffer(64, { maxByteLength: 4096 }); try { got.push(await call(buffer, new Uint8Array(buffer))) } catch (error) { got.push(error) } } return got.length`,
    'views past their end': `
      const got = []; const buffer = new ArrayBuffer(16, { maxByteLength: 16 }); const view = new DataView(buffer, 8); const typed = new Uint32Array(buffer, 8, 2); buffer.resize(4); for (const call of [() => view.getUint8(0), () => view.byteLength, () => typed[0], () => typed.fill(1), () => new Uint8Array(typed), () => Atomics.load(typed, 0)]) try { got.push(call()) } catch (error) { got.push(error) } return got`,
    'memory that was not cleared': `
      const dirty = []; for (let i = 0; i < 200; i++) { for (const make of [() => new Uint8Array(4096), () => Buffer.allocUnsafe(4096), () => Buffer.allocUnsafeSlow(4096), () => new Uint8Array(new ArrayBuffer(1, { maxByteLength: 4096 })), () => new TextEncoder().encode('x'.repeat(100)).buffer]) try { const bytes = new Uint8Array(make().buffer ?? make()); if (bytes.some((byte, at) => byte !== 0 && byte !== 120)) dirty.push(String.fromCharCode(...bytes.subarray(0, 200))) } catch {} } return dirty`,
    'what lies around a small buffer': `
      const got = []; for (const make of [() => Buffer.from('abc'), () => new TextEncoder().encode('abc'), () => Buffer.alloc(3), () => crypto.getRandomValues(new Uint8Array(3))]) try { const one = make(); got.push(one.buffer.byteLength - one.byteLength, new TextDecoder('latin1').decode(one.buffer).length) } catch (error) { got.push(error) } try { got.push((await new Response('abc').arrayBuffer()).byteLength, (await crypto.subtle.digest('SHA-256', new Uint8Array(1))).byteLength) } catch (error) { got.push(error) } return got`,
    'sizes that overflow': `
      const got = []; for (const size of [-1, 2 ** 31, 2 ** 32, 2 ** 53, NaN, Infinity, '9e99', { valueOf: () => 2 ** 40 }]) for (const make of [() => Buffer.alloc(size), () => new ArrayBuffer(size), () => new Uint8Array(size), () => new ArrayBuffer(1, { maxByteLength: size }), () => 'x'.repeat(size), () => new Array(size), () => crypto.getRandomValues(new Uint8Array(size))]) try { got.push(make().length) } catch (error) { got.push(error.name) } return got`,
    'out-of-range numbers into Buffer': `
      const got = []; const buffer = Buffer.alloc(8); for (const at of [-1, 8, 2 ** 32, NaN, '0', {}, 1.5]) for (const name of ['readUInt8', 'readDoubleBE', 'readBigInt64LE', 'writeInt32LE', 'copy', 'fill', 'write', 'subarray', 'toString']) try { got.push(buffer[name](at, at, at)) } catch (error) { got.push(error.name) } return got`,
    'Buffer on strangers': `
      const got = []; for (const value of [console, globalThis, { length: 1e9 }, { buffer: new ArrayBuffer(8), byteOffset: 100, byteLength: 100 }, { type: 'Buffer', data: { length: 2 ** 32 } }, new Proxy(new Uint8Array(2), {})]) for (const call of [() => Buffer.from(value), () => Buffer.concat([value]), () => Buffer.prototype.toString.call(value), () => Buffer.prototype.subarray.call(value, 0, 4), () => Buffer.byteLength(value)]) try { got.push(call()) } catch (error) { got.push(error) } return got.length`,
  },
};
