import type { Category } from '../attempt.ts';

/** The hunt for isolated-vm's handles, and for the functions that the host has given the bootstrap. */
export const HANDLES: Category = {
  category: 'handles of isolated-vm',
  attempts: {
    'native functions without a name': `
      const got = [], seen = new Set(); const walk = (value, depth) => { if (Object(value) !== value || seen.has(value) || depth > 9) return; seen.add(value); if (typeof value === 'function' && !value.name) got.push(value); for (const key of Reflect.ownKeys(value)) { const at = Object.getOwnPropertyDescriptor(value, key); walk(at.value, depth + 1); walk(at.get, depth + 1); walk(at.set, depth + 1) } walk(Object.getPrototypeOf(value), depth + 1) };
      for (const key of Reflect.ownKeys(globalThis)) { void globalThis[key]; walk(globalThis[key], 0) } return got`,
    'what the loader of a group sees': `
      const got = []; const own = globalThis.eval; const names = Object.getOwnPropertyNames(globalThis).filter((name) => Object.getOwnPropertyDescriptor(globalThis, name).get);
      try { globalThis.eval = Function.prototype.constructor = new Proxy(own, { apply(_, __, args) { got.push(args); return own(args[0]) } }) } catch (error) { got.push(error) } for (const name of names) try { got.push(globalThis[name]) } catch (error) { got.push(error) } globalThis.eval = own; return got`,
    'the getter of a lazy global, on a stranger and again': `
      const got = []; for (const name of Object.getOwnPropertyNames(globalThis)) { const { get, set } = Object.getOwnPropertyDescriptor(globalThis, name); if (!get) continue; for (const on of [undefined, {}, console, new Proxy({}, {})]) try { got.push(get.call(on), get.apply(on, [console]), Reflect.construct(Object, [], get)) } catch (error) { got.push(error) } try { new set(1) } catch (error) { got.push(error) } } return got`,
    'a group that loads under the last frames of the stack': `
      const got = []; let depth = 0; const names = ['URL', 'fetch', 'crypto', 'TextDecoder', 'structuredClone', 'Blob', 'WebSocket']; const fall = () => { depth++; try { fall() } catch (error) { for (const name of names) try { got.push(globalThis[name]) } catch (inner) { got.push(inner) } } }; try { fall() } catch (error) { got.push(error) } return got.slice(-400)`,
    'a group that loads while another one does': `
      const got = []; try { Object.defineProperty(Object.prototype, 'install', { configurable: true, get() { got.push(this, globalThis.crypto); return undefined } }) } catch {} for (const name of ['fetch', 'URL', 'structuredClone']) try { void globalThis[name] } catch (error) { got.push(error) } delete Object.prototype.install; return got`,
    'a host call out of a proxy during a host call': `
      const got = []; const algorithm = new Proxy({ name: 'SHA-256' }, { get(target, key) { try { got.push(new URL('http://a/').href, crypto.subtle.digest('SHA-1', new Uint8Array(1))) } catch (error) { got.push(error) } return target[key] } }); try { got.push(await crypto.subtle.digest(algorithm, new Uint8Array(2))) } catch (error) { got.push(error) } return got`,
    'answers of the host, kept as they come': `
      const got = []; const { parse } = JSON; try { JSON.parse = (...args) => { got.push(args); return parse(...args) } } catch {} for (const call of [() => new URL('http://a/'), () => crypto.subtle.generateKey('Ed25519', true, ['sign']), () => fetch('LISTENER'), () => new TextDecoder('gbk').decode(new Uint8Array([0x81]))]) try { got.push(await call()) } catch (error) { got.push(error) } JSON.parse = parse; return got`,
    'buffers that come from the host': `
      const got = []; for (const call of [() => crypto.subtle.digest('SHA-256', new Uint8Array(2)), () => crypto.subtle.exportKey('raw', {}), () => new Response(new Blob(['x']).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer()]) try { const buffer = await call(); got.push(buffer, buffer.constructor.constructor('return this')(), Object.getPrototypeOf(buffer) === ArrayBuffer.prototype, buffer.transfer?.()) } catch (error) { got.push(error) } return got`,
    'a call to the host that is not in time': `
      const controller = new AbortController(); const got = []; const pending = fetch('LISTENER', { signal: controller.signal }).catch((error) => got.push(error, error.cause)); controller.abort({ get stack() { got.push(new Error().stack) } }); await pending; globalThis.late = crypto.subtle.digest('SHA-512', new Uint8Array(1e5)).then((value) => got.push(value)); return got`,
    'a thousand calls that overtake each other': `
      const got = await Promise.allSettled(Array.from({ length: 500 }, (_, i) => (i % 3 ? crypto.subtle.digest('SHA-1', new Uint8Array(i)) : fetch('LISTENER/' + i)))); return got.filter(({ status, reason, value }) => Object(reason ?? value) === (reason ?? value)).slice(0, 50)`,
    'hooks guessed on functions of the platform': `
      const got = []; for (const name of Reflect.ownKeys(globalThis)) { const value = globalThis[name]; if (typeof value !== 'function' && typeof value !== 'object') continue; for (const key of ['derefInto', 'applySync', 'apply', 'copyInto', 'deref', 'getSync', 'typeof', 'release', 'host', 'core', '_', '$', 'internal']) if (value && Object.hasOwn(Object(value), key)) got.push([name, key, value[key]]) } return got`,
    'keys of crypto that were never given': `
      const got = []; const shown = await crypto.subtle.importKey('raw', new Uint8Array(16), 'AES-GCM', false, ['encrypt']); for (const id of [0, 1, 2, 3, -1, 1e9, '__proto__', 'constructor']) { const fake = Object.setPrototypeOf({ id, key: id, handle: id, $key: id, extractable: true, type: 'secret', algorithm: { name: 'AES-GCM', length: 128 }, usages: ['encrypt'] }, CryptoKey.prototype); for (const call of [() => crypto.subtle.exportKey('raw', fake), () => crypto.subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12), key: id }, fake, new Uint8Array(1)), () => structuredClone(fake)]) try { got.push(await call()) } catch (error) { got.push(error) } } try { got.push(await crypto.subtle.exportKey('raw', shown)) } catch (error) { got.push(error) } return got`,
    'streams by number': `
      const got = []; for (const id of [0, 1, -1, '__proto__', 2 ** 31]) try { const stream = new CompressionStream('gzip'); Object.assign(stream, { id, stream: id, handle: id }); const writer = stream.writable.getWriter(); writer.write(new Uint8Array(1)); writer.close(); got.push(await stream.readable.getReader().read()) } catch (error) { got.push(error) } return got`,
  },
};
