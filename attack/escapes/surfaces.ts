import type { Preset } from '@cofferdam/protocol';

/** A function of the platform, and the smallest preset that has it. */
export interface Surface {
  preset: Preset;
  /** Guest text that calls it with `value` and `callback`. */
  use: string;
}

const within = (preset: Preset, uses: Record<string, string>): Record<string, Surface> =>
  Object.fromEntries(Object.entries(uses).map(([name, use]) => [name, { preset, use }]));

/** Every API of the presets and the shims behind it. */
export const SURFACES: Record<string, Surface> = {
  ...within('minimal', {
    'console.log': `return console.log('%o %s %j', value, callback, [value])`,
    'console.table': `console.dir(value, value); return console.table([value, { callback }], value)`,
    'the result': `return value`,
    'what is thrown': `throw value`,
  }),
  ...within('data', {
    'crypto.subtle.digest': `return crypto.subtle.digest(value, value)`,
    'crypto.subtle.importKey': `return crypto.subtle.importKey('jwk', value, value, callback, value)`,
    'crypto.subtle.deriveBits': `const key = await crypto.subtle.importKey('raw', new Uint8Array(9), 'PBKDF2', false, ['deriveBits']); return crypto.subtle.deriveBits(value, key, value)`,
    'crypto.getRandomValues': `return [crypto.randomUUID(value), crypto.getRandomValues(value)]`,
    'Buffer.from': `return [Buffer.concat([Buffer.from('a')], value), Buffer.from(value, value)]`,
    'Buffer methods': `return [Buffer.alloc(4).fill(value), Buffer.alloc(4).write(value), Buffer.from('abc').toString(value), Buffer.from('abc').indexOf(value)]`,
    TextDecoder: `return [new TextEncoder().encode(value), new TextEncoder().encodeInto(value, new Uint8Array(9)), new TextDecoder(value, value).decode(value, value)]`,
    'atob and btoa': `return [atob(value), btoa(value)]`,
  }),
  ...within('agent', {
    fetch: `return fetch(value, value)`,
    'fetch with options': `return fetch('LISTENER', { method: 'POST', headers: value, body: value, signal: value, redirect: value })`,
    Request: `const request = new Request('http://a/', { method: 'POST', headers: [['a', 'b']], body: value, signal: value }); return [request, request.clone(), await request.text()]`,
    Headers: `const headers = new Headers(value); headers.forEach(callback, value); headers.set(value, value); return [headers, [...headers]]`,
    Response: `const response = new Response(value, value); return [response.clone(), await response.json(), Response.json(value), Response.redirect(value)]`,
    URL: `return [new URL(value, value), URL.canParse(value), URL.parse(value)]`,
    URLSearchParams: `const params = new URLSearchParams(value); params.forEach(callback, value); params.append(value, value); return [params, [...params]]`,
    AbortSignal: `const controller = new AbortController(); controller.signal.addEventListener('abort', callback, value); controller.signal.onabort = callback; controller.abort(value); return [AbortSignal.any(value), controller.signal.throwIfAborted()]`,
    DOMException: `return [new DOMException(value, value), structuredClone?.(new DOMException('x', value))]`,
  }),
  ...within('web', {
    setTimeout: `clearTimeout(value); return new Promise((done) => { setTimeout(callback, value, value); setTimeout(done, 3) })`,
    setInterval: `const id = setInterval(callback, 1, value); return new Promise((done) => setTimeout(() => { clearInterval(id); clearInterval(value); done(id) }, 4))`,
    queueMicrotask: `queueMicrotask(callback); queueMicrotask(value); return null`,
    structuredClone: `return structuredClone({ value, all: [value] }, value)`,
    EventTarget: `const target = new EventTarget(); target.addEventListener('x', callback, value); target.addEventListener('x', value); target.dispatchEvent(new CustomEvent('x', value)); return target.dispatchEvent(value)`,
    performance: `performance.mark(value, value); new PerformanceObserver(callback).observe(value); return performance.measure(value, value, value)`,
    Blob: `const blob = new Blob([value, 'x'], value); return [blob, await blob.text(), blob.slice(value, value, value), new File([value], value, value)]`,
    FormData: `const form = new FormData(); form.append(value, new Blob(['x']), value); form.set('a', value); form.forEach(callback); return [[...form], await new Response(form).formData()]`,
    FileReader: `const reader = new FileReader(); reader.onload = callback; reader.addEventListener('loadend', value); reader.readAsText(new Blob(['x']), value); await new Promise((done) => setTimeout(done, 5)); return [reader.result, reader.readAsArrayBuffer(value)]`,
    MessageChannel: `const { port1, port2 } = new MessageChannel(); port2.onmessage = callback; port1.postMessage('x', value); await new Promise((done) => setTimeout(done, 3)); port1.close(); return port2.postMessage(value)`,
    WebSocket: `const socket = new WebSocket('LISTENER'.replace('http', 'ws'), value); socket.onerror = callback; socket.onclose = callback; await new Promise((done) => setTimeout(done, 10)); socket.close(value, value); return socket`,
    EventSource: `const source = new EventSource(value, value); source.onerror = callback; await new Promise((done) => setTimeout(done, 5)); source.close(); return source`,
    URLPattern: `return [new URLPattern(value, value), new URLPattern({ pathname: '/:a' }).exec(value)]`,
    ReadableStream: `const stream = new ReadableStream({ start: callback, pull(controller) { callback(controller); controller.enqueue(value); controller.close() } }, value); const [a, b] = stream.tee(); return [await a.getReader().read(), await b.pipeTo(new WritableStream(value), value)]`,
    'a stream of bytes': `const stream = new ReadableStream({ type: 'bytes', pull(controller) { callback(controller, controller.byobRequest); controller.enqueue(new Uint8Array(2)) } }); const reader = stream.getReader({ mode: 'byob' }); return [await reader.read(new Uint8Array(4)), await reader.read(value, value)]`,
    'ReadableStream.from': `const all = []; for await (const one of ReadableStream.from(value)) all.push(one); return all`,
    WritableStream: `const writer = new WritableStream({ start: callback, write: callback, close: callback, abort: callback }, { size: callback }).getWriter(); await writer.write(value); return [writer, await writer.abort(value)]`,
    TransformStream: `const { readable, writable } = new TransformStream({ transform: callback, flush: callback }, value, value); const writer = writable.getWriter(); writer.write(value).catch(() => {}); writer.close().catch(() => {}); return Promise.race([readable.getReader().read(), new Promise((done) => setTimeout(done, 5))])`,
    CompressionStream: `const gzip = new CompressionStream('gzip'); const writer = gzip.writable.getWriter(); writer.write(value).catch(callback); writer.close().catch(callback); return [await gzip.readable.getReader().read(), new DecompressionStream(value)]`,
    'text streams': `const decoder = new TextDecoderStream(); const writer = decoder.writable.getWriter(); writer.write(value).catch(callback); writer.close().catch(callback); return [await decoder.readable.getReader().read(), new TextDecoderStream(value, value)]`,
    getDirectory: `const directory = await getDirectory(value); return [directory, await directory.getFileHandle(value, value), await directory.getDirectoryHandle('..')]`,
    MessageEvent: `return [new MessageEvent('x', value), new ProgressEvent('x', value), new CloseEvent('x', value), new Event(value, value)]`,
  }),
};
