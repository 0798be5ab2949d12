import { gzipSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { runGuest, valueOf } from '../../../test/isolate-harness.ts';

/** Each is run here on Node's own streams, which pass the standard's tests, and in a guest. */
const AS_NODE = [
  `const s = new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close() } }, { highWaterMark: 5 }); const out = []; for await (const v of s) out.push(v); return [out, s.locked]`,
  `const o = []; const s = new ReadableStream({ start(c) { o.push(c.desiredSize) }, pull(c) { o.push(c.desiredSize); c.enqueue('ab'); if (o.length > 4) c.close() } }, { highWaterMark: 5, size: (t) => t.length }); await new Promise((r) => setTimeout(r, 1)); for await (const v of s) o.push(v); return o`,
  `const s = new ReadableStream({ pull() { throw new RangeError('p') } }); try { await s.getReader().read() } catch (e) { return e.name + e.message }`,
  `try { new ReadableStream({ start() { throw new RangeError('s') } }) } catch (e) { return e.message }`,
  `const s = new ReadableStream({ start: () => Promise.reject(new Error('late')) }); const r = s.getReader(); return [await r.closed.catch((e) => e.message), await r.read().catch((e) => e.message)]`,
  `let got; const s = new ReadableStream({ cancel(r) { got = r } }); const r = s.getReader(); const p = r.read(); const c = await r.cancel('why'); return [got, await p, c, await r.closed]`,
  `const s = new ReadableStream(); const r = s.getReader(); const p = r.read().catch((e) => e.name); const closed = r.closed.catch((e) => e.name); r.releaseLock(); return [await p, await closed, s.locked, await r.read().catch((e) => e.name), await r.cancel().catch((e) => e.name)]`,
  `const s = new ReadableStream(); s.getReader(); return [() => s.getReader(), () => s.tee(), () => s.values(), () => s.pipeThrough(new TransformStream())].map((f) => { try { f() } catch (e) { return e.name } }).concat(await s.cancel().catch((e) => e.name), await s.pipeTo(new WritableStream()).catch((e) => e.name))`,
  `const t = (f) => { try { f(); return 'fine' } catch (e) { return e.name } }; return [t(() => new ReadableStream(null)), t(() => new ReadableStream({ type: 'x' })), t(() => new ReadableStream({ pull: 1 })), t(() => new ReadableStream({}, { highWaterMark: -1 })), t(() => new ReadableStream({}, { highWaterMark: NaN })), t(() => new ReadableStream({ type: 'bytes' }, { size() {} })), t(() => new ReadableStream({ type: 'bytes', autoAllocateChunkSize: 0 })), t(() => new WritableStream({ type: 'bytes' })), t(() => new TransformStream({ readableType: 'x' })), t(() => new ReadableStream().getReader({ mode: 'x' })), t(() => new ReadableStream().getReader({ mode: 'byob' })), t(() => new ReadableStreamDefaultReader({})), t(() => new ReadableStreamDefaultController()), t(() => new CountQueuingStrategy()), t(() => ReadableStream.from(5)), t(() => ReadableStream.from({ [Symbol.asyncIterator]: 3 })), t(() => new CompressionStream('br'))]`,
  `const s = new ReadableStream({ start(c) { c.enqueue(1) } }, { size: () => -1 }); return 1`,
  `let n = 0; let cancelled; const s = new ReadableStream({ pull(c) { c.enqueue(n++); if (n === 3) c.close() }, cancel(r) { cancelled = r } }, { highWaterMark: 0 }); const [a, b] = s.tee(); const ra = a.getReader(); const one = await ra.read(); const p = ra.cancel('A'); const rest = []; const rb = b.getReader(); rest.push(await rb.read()); await rb.cancel('B'); await p; return [one, rest, cancelled]`,
  `const s = new ReadableStream({ start(c) { c.error(new Error('x')) } }); const [a, b] = s.tee(); return Promise.all([a, b].map((t) => t.getReader().read().catch((e) => e.message)))`,
  `const s = new ReadableStream({ type: 'bytes', pull(c) { const v = c.byobRequest.view; v[0] = 7; v[1] = 8; c.byobRequest.respond(2) } }); const r = s.getReader({ mode: 'byob' }); const x = new Uint8Array(5); const { value, done } = await r.read(x); return [[...value], done, x.byteLength, value.buffer.byteLength]`,
  `const s = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Uint8Array([1, 2, 3])); c.enqueue(new Uint8Array([4, 5])) } }); const r = s.getReader({ mode: 'byob' }); const a = await r.read(new Uint16Array(1)); const b = await r.read(new Uint8Array(9), { min: 3 }); return [a.value.constructor.name, a.value[0], [...b.value]]`,
  `let n = 0; const s = new ReadableStream({ type: 'bytes', pull(c) { c.enqueue(new Uint8Array([n++])) } }); const r = s.getReader({ mode: 'byob' }); const { value } = await r.read(new Uint8Array(4), { min: 4 }); return [...value]`,
  `let c; const s = new ReadableStream({ type: 'bytes', start(k) { c = k } }); const r = s.getReader({ mode: 'byob' }); const p = r.read(new Uint8Array(4)); c.close(); c.byobRequest.respond(0); const x = await p; return [x.done, x.value.byteLength, c.byobRequest]`,
  `let c; const s = new ReadableStream({ type: 'bytes', start(k) { c = k } }); const r = s.getReader({ mode: 'byob' }); const p = r.read(new Uint16Array(2)); c.byobRequest.view[0] = 3; c.byobRequest.respond(1); let name; try { c.close() } catch (e) { name = e.name } return [name, await p.catch((e) => e.name)]`,
  `const s = new ReadableStream({ type: 'bytes', autoAllocateChunkSize: 3, pull(c) { const { view } = c.byobRequest; view[0] = 9; c.byobRequest.respondWithNewView(new Uint8Array(view.buffer, 0, 1)) } }); const { value } = await s.getReader().read(); return [[...value], value.buffer.byteLength]`,
  `const s = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Uint8Array([1, 2])); c.close() } }); const [a, b] = s.tee(); const x = await a.getReader({ mode: 'byob' }).read(new Uint8Array(8)); const r = b.getReader(); const y = await r.read(); x.value[0] = 99; return [[...x.value], [...y.value], (await r.read()).done]`,
  `let c; const s = new ReadableStream({ type: 'bytes', start(k) { c = k } }); const r = s.getReader({ mode: 'byob' }); const p = r.read(new Uint8Array(3)).catch((e) => e.name); r.releaseLock(); const q = s.getReader().read(); c.enqueue(new Uint8Array([5])); return [await p, [...(await q).value]]`,
  `const t = async (f) => { try { await f(); return 'fine' } catch (e) { return e.name } }; const r = new ReadableStream({ type: 'bytes' }).getReader({ mode: 'byob' }); const gone = new Uint8Array(2); structuredClone(gone.buffer, { transfer: [gone.buffer] }); return [await t(() => r.read()), await t(() => r.read(new Uint8Array(0))), await t(() => r.read(gone)), await t(() => r.read(new Uint8Array(2), { min: 3 })), await t(() => r.read(new Uint8Array(2), { min: 0 }))]`,
  `const o = []; const s = new WritableStream({ start() { o.push('start') }, write(v) { o.push(v) }, close() { o.push('close') } }, { highWaterMark: 2 }); const w = s.getWriter(); o.push(w.desiredSize); const p = w.write(1); w.write(2); o.push(w.desiredSize); await w.ready; await p; await w.close(); await w.closed; return [o, w.desiredSize, s.locked]`,
  `let reason, signal; const s = new WritableStream({ start(c) { signal = c.signal }, write: () => new Promise((r) => setTimeout(r, 1)), abort(r) { reason = r } }); const w = s.getWriter(); await w.ready; const p = w.write(1).then(() => 'written', (e) => e); const q = w.write(2).then(() => 'written', (e) => e); await w.abort('stop'); return [await p, await q, reason, signal.aborted, signal.reason, await w.closed.catch((e) => e)]`,
  `const s = new WritableStream({ write() { throw new Error('w') } }); const w = s.getWriter(); const p = await w.write(1).catch((e) => e.message); return [p, await w.closed.catch((e) => e.message), await w.ready.catch((e) => e.message), w.desiredSize, await w.write(2).catch((e) => e.message)]`,
  `const w = new WritableStream().getWriter(); w.releaseLock(); const t = (f) => { try { return f() } catch (e) { return e.name } }; return [t(() => w.desiredSize), await w.write(1).catch((e) => e.name), await w.closed.catch((e) => e.name), await w.close().catch((e) => e.name)]`,
  `const s = new WritableStream({ close() { return Promise.reject(new Error('c')) } }); const w = s.getWriter(); return [await w.close().catch((e) => e.message), await w.closed.catch((e) => e.message), await s.abort().catch((e) => e.name)]`,
  `const o = []; await new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close() } }).pipeTo(new WritableStream({ write(v) { o.push(v) }, close() { o.push('end') } })); return o`,
  `let r; const s = new ReadableStream({ cancel(x) { r = x.message } }); const e = await s.pipeTo(new WritableStream({ start(c) { c.error(new Error('dest')) } })).catch((x) => x.message); return [e, r, s.locked]`,
  `let r; const w = new WritableStream({ abort(x) { r = x.message } }); const e = await new ReadableStream({ start(c) { c.error(new Error('src')) } }).pipeTo(w).catch((x) => x.message); return [e, r, w.locked]`,
  `const w = new WritableStream(); const e = await new ReadableStream({ start(c) { c.error(new Error('src')) } }).pipeTo(w, { preventAbort: true }).catch((x) => x.message); const writer = w.getWriter(); await writer.write(1); return [e, writer.desiredSize]`,
  `const c = new AbortController(); let a, b; const s = new ReadableStream({ cancel(x) { a = x } }); const w = new WritableStream({ abort(x) { b = x } }); const p = s.pipeTo(w, { signal: c.signal }); c.abort('sig'); return [await p.catch((e) => e), a, b]`,
  `const s = new ReadableStream(), w = new WritableStream(); const e = await s.pipeTo(w, { signal: AbortSignal.abort('now'), preventCancel: true, preventAbort: true }).catch((x) => x); return [e, s.locked, w.locked]`,
  `const w = new WritableStream(); await w.close(); let r; const e = await new ReadableStream({ cancel(x) { r = x.name } }).pipeTo(w).catch((x) => x.name); return [e, r]`,
  `const w = new WritableStream(); await new ReadableStream({ start(c) { c.close() } }).pipeTo(w, { preventClose: true }); const x = w.getWriter(); await x.write(1); return x.desiredSize`,
  `const t = new TransformStream({ start(c) { c.enqueue('s') }, transform(v, c) { c.enqueue(v * 2) }, flush(c) { c.enqueue('f') } }); const o = []; for await (const v of ReadableStream.from([1, 2]).pipeThrough(t)) o.push(v); return o`,
  `const t = new TransformStream({ transform() { throw new Error('t') } }); const w = t.writable.getWriter(); const p = w.write(1).catch((e) => e.message); return [await t.readable.getReader().read().catch((e) => e.message), await p, await w.closed.catch((e) => e.message)]`,
  `const t = new TransformStream({ start(c) { c.terminate() } }); const w = t.writable.getWriter(); return [await t.readable.getReader().read(), await w.closed.catch((e) => e.name)]`,
  `let r; const t = new TransformStream({ cancel(x) { r = x } }); await t.readable.cancel('no'); return [r, await t.writable.getWriter().closed.catch((e) => e)]`,
  `const t = new TransformStream(); const w = t.writable.getWriter(); const d = [w.desiredSize]; const p = w.write(1); d.push(w.desiredSize); const x = await t.readable.getReader().read(); await p; return [d, x, w.desiredSize]`,
  `const o = []; let returned; const s = ReadableStream.from({ [Symbol.asyncIterator]: () => ({ n: 0, async next() { return { value: this.n++, done: false } }, async return(v) { returned = v; return {} } }) }); for await (const v of s) { o.push(v); if (v === 2) break } return [o, String(returned), await s.getReader().closed]`,
  `const s = ReadableStream.from([1, 2, 3]); for await (const v of s.values({ preventCancel: true })) break; return [(await s.getReader().read()).value, s.locked]`,
  `const s = ReadableStream.from([Promise.resolve(1), 'b']); const i = s.values(); return [await Promise.all([i.next(), i.next(), i.next(), i.return('x'), i.next()]), typeof i[Symbol.asyncIterator]]`,
  `const o = []; for await (const v of ReadableStream.from('añ')) o.push(v); try { for await (const v of ReadableStream.from([Promise.reject(new Error('x'))])); } catch (e) { o.push(e.message) } return o`,
  `const o = []; for await (const v of ReadableStream.from(['a\\ud83d', '\\ude00', '', '\\ud800']).pipeThrough(new TextEncoderStream())) o.push([...v]); return o`,
  `const o = []; for await (const v of ReadableStream.from([new Uint8Array([0xef, 0xbb]), new Uint8Array([0xbf, 0xe2, 0x82]), new Uint8Array([0xac, 0xf0])]).pipeThrough(new TextDecoderStream())) o.push(v); return o.join('|')`,
  `const d = new TextDecoderStream('utf-16le', { fatal: true, ignoreBOM: true }); return [d.encoding, d.fatal, d.ignoreBOM, await new Response(ReadableStream.from(['x']).pipeThrough(new TextEncoderStream())).text()]`,
  `return [ReadableStream, WritableStream, TransformStream, CountQueuingStrategy, CompressionStream].map((c) => [c.name, c.length, Object.keys(c.prototype).sort(), String(c.prototype)])`,
  `return [ReadableStream.prototype.values === ReadableStream.prototype[Symbol.asyncIterator], Object.keys(new ReadableStream()), new CountQueuingStrategy({ highWaterMark: 4 }).size === new CountQueuingStrategy({ highWaterMark: 1 }).size, new ByteLengthQueuingStrategy({ highWaterMark: 'x' }).size({ byteLength: 5 })]`,
  `const o = []; const r = new Response('abc'); const x = await r.body.getReader({ mode: 'byob' }).read(new Uint8Array(2)); return [[...x.value], r.bodyUsed, await r.text().catch((e) => e.name)]`,
  `const r = new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array([65])); c.close() } })); const c = r.clone(); return [await r.text(), await c.text(), r.bodyUsed]`,
  `return new Response(new ReadableStream({ start(c) { c.enqueue('text'); c.close() } })).text().catch((e) => e.name)`,
  `const s = new Response('x'.repeat(300000)).body; const z = (f) => [new CompressionStream(f), new DecompressionStream(f)]; let b = s; for (const f of ['gzip', 'deflate', 'deflate-raw']) { const [x, y] = z(f); b = b.pipeThrough(x).pipeThrough(y) } return (await new Response(b).text()).length`,
  `const bad = (f, b) => new Response(new Response(new Uint8Array(b)).body.pipeThrough(new DecompressionStream(f))).text().then(() => 'fine', (e) => e.name); return [await bad('gzip', [1, 2, 3]), await bad('deflate', [0x78, 0x9c, 75]), await bad('deflate-raw', []), await bad('deflate', [0x78, 0x9c, 0xab, 0, 0, 0x79, 0, 0x79]), await bad('deflate', [0x78, 0x9c, 0xab, 0, 0, 0x79, 0, 0x79, 1])]`,
];

describe('streams', () => {
  it.each(AS_NODE)('do as Node: %s', async (code) => {
    const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
    const outside: unknown = await (new AsyncFunction(code)() as Promise<unknown>).catch(
      (error: unknown) => `threw ${(error as Error).name}`,
    );
    const inside = `return (async () => { ${code} })().catch((e) => 'threw ' + e.name)`;
    expect(await valueOf(inside)).toEqual(JSON.parse(JSON.stringify(outside)));
  });
});

/** What a guest may do before the first touch: everything that a library would use is its own. */
const TAMPERED = `let seen = ''; const define = Object.defineProperty; const spy = (what) => () => { seen += what + ','; throw new Error(what) };
  for (const [o, names] of [[Promise.prototype, ['then', 'catch']], [Array.prototype, ['push', 'shift', 'forEach', 'splice']],
    [Function.prototype, ['call', 'apply', 'bind']], [Map.prototype, ['get', 'set']], [Uint8Array.prototype, ['set', 'subarray']]])
    for (const name of names) o[name] = spy(name);
  for (const name of ['status', 'reader', 'controller', 'stream', '0', 'pull', 'chunk', 'size', 'total'])
    define(Object.prototype, name, { set: spy('set ' + name), get: () => undefined, configurable: true });
  `;

describe('a guest that tampered before the first touch', () => {
  it('is not seen by streams, and sees nothing of them', async () => {
    const code = `${TAMPERED}
      const out = [];
      const s = new ReadableStream({ start(c) { c.enqueue(new Uint8Array([1, 2])); c.enqueue(new Uint8Array([3])); c.close() } });
      const z = s.pipeThrough(new TextDecoderStream()).pipeThrough(new TextEncoderStream()).pipeThrough(new TransformStream());
      const [a, b] = z.tee(); b.pipeTo(new WritableStream({ write(v) { out[out.length] = v.length } }));
      const r = a.getReader(); const step = await r.read();
      return { n: step.value.length, first: step.value[0], seen }`;
    const value = (await valueOf(code)) as { n: number; first: number; seen: string };
    expect(value).toEqual({ n: 2, first: 1, seen: '' });
  });

  it('learns of no internals from a stream', async () => {
    const code = `const s = new Response('a').body; const t = new CompressionStream('gzip');
      return [s, t, s.getReader(), t.writable.getWriter()].map((o) => Reflect.ownKeys(o).length)`;
    expect(await valueOf(code)).toEqual([0, 0, 0, 0]);
  });
});

describe('compression', () => {
  const decompress = `async (bytes, limit) => { let n = 0; const s = new Response(bytes).body.pipeThrough(new DecompressionStream('gzip'));
    for await (const piece of s) { n += piece.length; if (n > limit) break } return n }`;

  it('makes what Node reads, and reads what Node makes', async () => {
    const bytes = [...gzipSync(Buffer.alloc(200_000, 'abc'))];
    const code = `const n = await (${decompress})(new Uint8Array(input), Infinity);
      const made = await new Response(new Response('hello'.repeat(1000)).body.pipeThrough(new CompressionStream('gzip'))).bytes();
      return [n, [...made]]`;
    const [size, made] = (await valueOf(code, { input: bytes })) as [number, number[]];
    expect(size).toBe(200_000);
    expect(gunzipSync(Buffer.from(made)).toString()).toBe('hello'.repeat(1000));
  });

  it('unpacks a bomb only as far as it is read', async () => {
    const bytes = [...gzipSync(Buffer.alloc(300_000_000))];
    const code = `return (await (${decompress})(new Uint8Array(input), 500000)) < 700000`;
    expect(await valueOf(code, { input: bytes })).toBe(true);
  }, 20_000);

  it('refuses bytes after the end, and what was cut off', async () => {
    const bytes = [...gzipSync('x')];
    const code = `const t = (b) => (${decompress})(new Uint8Array(b), 99).catch((e) => e.name);
      return [await t([...input, 1]), await t(input.slice(0, -1)), await t(input)]`;
    expect(await valueOf(code, { input: bytes })).toEqual(['TypeError', 'TypeError', 1]);
  });

  it('has no more than 16 streams at work at once, and frees those that end', async () => {
    const code = `const busy = () => { const c = new CompressionStream('gzip'); c.readable.getReader().read().catch(() => {}); return c.writable.getWriter().write(new Uint8Array(1)) };
      for (let i = 0; i < 40; i++) await new Response(new Response('x').body.pipeThrough(new CompressionStream('deflate'))).bytes();
      const all = await Promise.all(Array.from({ length: 17 }, () => Promise.race([busy().then(() => 'fine', (e) => e.name), new Promise((r) => setTimeout(r, 200))])));
      return all.filter((name) => name === 'QuotaExceededError').length`;
    expect(await valueOf(code)).toBe(1);
  });

  it('takes bytes only', async () => {
    const result = await runGuest(
      `const c = new CompressionStream('gzip'); const w = c.writable.getWriter();
       const r = c.readable.getReader().read().catch((e) => e.name);
       return [await w.write('text').catch((e) => e.name), await r, await w.closed.catch((e) => e.name)]`,
    );
    expect(result.value).toEqual(['TypeError', 'TypeError', 'TypeError']);
  });
});
