import { describe, expect, it } from 'vitest';
import { valueOf } from '../../../test/isolate-harness.ts';

const NAME = `const name = (make) => { try { structuredClone(make()); return 'copied' } catch (e) { return e.constructor === DOMException ? e.name : e } };`;

describe('structuredClone of what the platform makes', () => {
  it('refuses what the standard has no copy of, alone and within other values', async () => {
    const made = [
      ...[`new URL('http://a/')`, `new URLSearchParams('a=b')`, `new URLPattern('http://a/')`],
      ...[`new Headers()`, `new Request('http://a/')`, `new Response()`, `new FormData()`],
      ...[`new ReadableStream()`, `new WritableStream()`, `new TransformStream()`],
      ...[`new ReadableStream().getReader()`, `new CompressionStream('gzip')`],
      ...[`new CountQueuingStrategy({ highWaterMark: 1 })`, `new TextDecoderStream()`],
      ...[`new TextEncoder()`, `new TextDecoder()`, `new FileReader()`],
      ...[`new Event('x')`, `new CloseEvent('x')`, `new EventTarget()`],
      ...[`new AbortController()`, `AbortSignal.abort()`, `AbortSignal.any([])`],
      ...[`new MessageChannel()`, `new MessageChannel().port1`, `new WebSocket('ws://a/')`],
      ...[`new EventSource('http://a/')`, `performance`, `crypto`, `crypto.subtle`, `navigator`],
      ...[`new (class extends URL {})('http://a/')`, `Promise.resolve()`, `new WeakSet()`],
    ];
    const code = `${NAME} return [${made.flatMap((one) => [`() => ${one}`, `() => ({ a: [${one}] })`]).join()}].map(name)`;
    const names = (await valueOf(code)) as string[];
    const copied = made.filter((_one, i) => names[2 * i] !== 'DataCloneError');
    expect(copied).toEqual([]);
    expect(names).toEqual(names.map(() => 'DataCloneError'));
  });

  it('copies a DOMException as one', async () => {
    const code = `const e = new DOMException('m', 'AbortError'); e.extra = 1; const c = structuredClone({ e }).e;
      return [c !== e, c instanceof DOMException, c instanceof Error, c.name, c.message, c.code, 'extra' in c, c.stack === e.stack]`;
    expect(await valueOf(code)).toEqual([true, true, true, 'AbortError', 'm', 20, false, true]);
  });

  it('copies keys, which stay what they are', async () => {
    const code = `const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
      const copy = structuredClone([key])[0]; const data = new Uint8Array(3);
      const signature = await crypto.subtle.sign('HMAC', key, data);
      return [copy !== key, copy instanceof CryptoKey, copy.extractable, await crypto.subtle.verify('HMAC', copy, signature, data)]`;
    expect(await valueOf(code)).toEqual([true, true, false, true]);
  });

  it('copies blobs and files, and ordinary objects that only look like others', async () => {
    const code = `const [b, f] = structuredClone([new Blob(['ab']), new File(['c'], 'n')]);
      class Mine { constructor() { this.x = 1 } }; const odd = structuredClone(new Mine());
      return [await b.text(), f.name, await f.text(), odd.x, Object.getPrototypeOf(odd) === Object.prototype, structuredClone({ href: 'x' }).href]`;
    expect(await valueOf(code)).toEqual(['ab', 'n', 'c', 1, true, 'x']);
  });

  it('is not led by what a guest changes', async () => {
    const code = `new URL('http://a/'); let seen = ''; for (const c of [Function, Object]) { const p = c.prototype;
        Object.defineProperty(p, 'prototype', { configurable: true, get() { seen += 'prototype' } }) }
      Array.prototype[Symbol.iterator] = () => { seen += 'walk' }; Object.prototype.isPrototypeOf = () => { seen += 'is'; return false }; Object.keys = () => { seen += 'keys'; return [] };
      Object.defineProperty(DOMException, Symbol.hasInstance, { value: () => true }); URL = Headers = undefined;
      const e = Object.create(DOMException.prototype); let odd; try { odd = structuredClone(e) } catch (error) { odd = error.name }
      let made; try { structuredClone(new Request('http://a/')) } catch (error) { made = error.name }
      return [typeof odd, made, structuredClone({ a: 1 }).a, seen]`;
    expect(await valueOf(code)).toEqual([expect.any(String), 'DataCloneError', 1, '']);
  });
});
