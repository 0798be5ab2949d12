import { CofferdamError } from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { runGuest, valueOf, type HarnessOptions } from '../../../test/isolate-harness.ts';
import { echo, wayOutTo, type WayOutOptions, type WebSocket } from '../../../test/way-out.ts';

/** Waits for an event; the guest's own helper. */
const PRELUDE = `const next = (s, t) => new Promise((f) => s.addEventListener(t, f, { once: true }));
  const opened = async (...a) => { const s = new WebSocket(...a); await next(s, 'open'); return s };`;

/** A guest with the way out of a real egress, to a real server. */
async function connected(
  onSocket: (socket: WebSocket) => void = echo,
  options: WayOutOptions = {},
) {
  const target = await wayOutTo(onSocket, options);
  const way: HarnessOptions = { openWebSocket: target.openWebSocket };
  const run = (code: string, more: HarnessOptions = {}) =>
    runGuest(PRELUDE + code.replaceAll('URL_', `'${target.url}'`), { ...way, ...more });
  const value = (code: string, more: HarnessOptions = {}) =>
    valueOf(PRELUDE + code.replaceAll('URL_', `'${target.url}'`), { ...way, ...more });
  return { target, run, value };
}

describe('WebSocket', () => {
  it('opens, says what it is, sends and receives text and bytes, and closes', async () => {
    const { value, target } = await connected(echo, { handleProtocols: () => 'b' });
    const code = `const s = new WebSocket(URL_, ['a', 'b']); const log = [s.readyState, s.url, s.protocol, s.binaryType];
      try { s.send('early') } catch (e) { log.push(e.name) }
      const open = await next(s, 'open'); log.push(open.isTrusted, s.readyState, s.protocol, s.extensions, s.bufferedAmount);
      const got = []; s.onmessage = (e) => got.push(e.data);
      s.binaryType = 'arraybuffer'; s.binaryType = 'nonsense'; s.send('hé\\ud800'); s.send(new Uint8Array([1, 2, 3]).subarray(1)); s.send(new DataView(new ArrayBuffer(2)));
      s.send(new Blob(['bl', 'ob'])); s.send(''); s.send(7); log.push(s.bufferedAmount); const origin = (await next(s, 'message')).origin;
      while (got.length < 6) await next(s, 'message');
      s.close(4000, 'bye'); log.push(s.readyState); s.send('late'); const end = await next(s, 'close');
      return { log, origin, got: got.map((d) => typeof d === 'string' ? d : [...new Uint8Array(d)]), state: s.readyState, buffered: s.bufferedAmount,
        end: [end instanceof CloseEvent, end.wasClean, end.code, end.reason, end.isTrusted] }`;
    expect(await value(code)).toEqual({
      log: [0, `${target.url}/`, '', 'blob', 'InvalidStateError', true, 1, 'b', '', 0, 15, 2],
      origin: target.url,
      got: ['hé\ufffd', [2, 3], [0, 0], [...Buffer.from('blob')], '', '7'],
      state: 3,
      buffered: 4,
      end: [true, true, 4000, 'bye', true],
    });
  });

  it('gives blobs as it is asked to, and takes messages larger than one call may carry', async () => {
    const { value } = await connected();
    const code = `const s = await opened(URL_); s.send(new Uint8Array(200_000).fill(7)); const { data } = await next(s, 'message');
      const bytes = await data.bytes(); s.send('é'.repeat(100_000)); const text = (await next(s, 'message')).data;
      return [data instanceof Blob, data.size, data.type, bytes.every((b) => b === 7), text.length, s.bufferedAmount]`;
    const limits = { bridgePayloadBytes: 70_000 };
    expect(await value(code, { limits })).toEqual([true, 200_000, '', true, 100_000, 0]);
    // A part larger than one answer may be comes in several.
    const small = `const s = await opened(URL_); s.binaryType = 'arraybuffer'; s.send('now'); const { data } = await next(s, 'message'); return data.byteLength`;
    const sender = await connected((socket) =>
      socket.on('message', () => socket.send(Buffer.alloc(50_000))),
    );
    expect(await sender.value(small, { limits: { bridgePayloadBytes: 4_096 } })).toBe(50_000);
  });

  it('tells of the end that the server makes, and of a connection that breaks', async () => {
    const { value } = await connected((socket) =>
      socket.on('message', (data) =>
        String(data) === 'bye' ? socket.close(1001, 'going') : socket.terminate(),
      ),
    );
    const code = `const how = async (message) => { const s = await opened(URL_); const log = []; s.onerror = () => log.push('error'); s.send(message);
        const { wasClean, code, reason } = await next(s, 'close'); return [...log, s.readyState, wasClean, code, reason] };
      return [await how('bye'), await how('die')]`;
    expect(await value(code)).toEqual([
      [3, true, 1001, 'going'],
      ['error', 3, false, 1006, ''],
    ]);
  });

  it('fails with an error and a close, and says why', async () => {
    const { value } = await connected();
    const code = `const s = new WebSocket('ws://127.0.0.1:1/'); const log = []; s.onopen = () => log.push('open');
      const [error, close] = await Promise.all([next(s, 'error'), next(s, 'close')]);
      return [...log, error.constructor.name, error.message, s.readyState, close.code, close.wasClean]`;
    const value1 = (await value(code)) as unknown[];
    expect(value1).toEqual([
      'Event',
      expect.stringMatching(/^WebSocket failed: EGRESS_DENIED: /),
      3,
      1006,
      false,
    ]);
    const none = await valueOf(PRELUDE + code);
    expect(none).toEqual(value1.map((entry, i) => (i === 1 ? expect.any(String) : entry)));
  });

  it('gives up a connection that is closed before it is open', async () => {
    const { value } = await connected();
    const code = `const s = new WebSocket(URL_); const log = []; for (const t of ['open', 'error', 'close']) s.addEventListener(t, () => log.push(t));
      s.close(); log.push(s.readyState); await next(s, 'close'); s.close(); return [...log, s.readyState]`;
    expect(await value(code)).toEqual([2, 'error', 'close', 3]);
  });

  it('refuses what the standard refuses', async () => {
    const { value } = await connected();
    const code = `const s = await opened(URL_); const name = (run) => { try { run(); return 'none' } catch (e) { return e.name } };
      return [() => new WebSocket(), () => WebSocket(URL_), () => new WebSocket('nonsense'), () => new WebSocket('ftp://a/'), () => new WebSocket('ws://a/#'),
        () => new WebSocket('ws://a/', ['a', 'a']), () => new WebSocket('ws://a/', ''), () => new WebSocket('ws://a/', 'a b'), () => new WebSocket('ws://a/', [{ toString() { throw new RangeError() } }]),
        () => s.close(1001), () => s.close(2999), () => s.close(5000), () => s.close(1000, 'é'.repeat(62)), () => s.send(), () => s.send(Symbol()),
        () => Reflect.get(WebSocket.prototype, 'url')].map(name)`;
    const syntax = 'SyntaxError';
    expect(await value(code)).toEqual([
      ...['TypeError', 'TypeError', syntax, syntax, syntax],
      ...[syntax, syntax, syntax, 'RangeError'],
      ...['InvalidAccessError', 'InvalidAccessError', 'InvalidAccessError', syntax],
      ...['TypeError', 'TypeError', 'TypeError'],
    ]);
  });

  it('has the shape of the standard', async () => {
    const code = `const d = (o, n) => Object.getOwnPropertyDescriptor(o, n); const c = new CloseEvent('x', { code: 65537, reason: 'r', wasClean: 1 });
      return [WebSocket.CLOSED, d(WebSocket, 'OPEN').writable, d(WebSocket.prototype, 'send').enumerable, Object.prototype.toString.call(WebSocket.prototype), WebSocket.length, 'onmessage' in WebSocket.prototype,
        Object.getPrototypeOf(WebSocket) === EventTarget, c instanceof Event, c.code, c.reason, c.wasClean, new CloseEvent('y').code,
        new WebSocket('https://a.example/x').url, new WebSocket('http://a.example:80').url, typeof globalThis.Connection]`;
    expect(await valueOf(code)).toEqual([
      ...[3, false, true, '[object WebSocket]', 1, true],
      ...[true, true, 1, 'r', true, 0],
      ...['wss://a.example/x', 'ws://a.example/', 'undefined'],
    ]);
  });

  it('counts as one call when it is opened; messages are none', async () => {
    const { run } = await connected();
    const code = `const s = await opened(URL_); for (let i = 0; i < 20; i++) { s.send('x'); await next(s, 'message') } s.close(); await next(s, 'close')`;
    const result = await run(code, { limits: { bridgeCalls: 1 } });
    expect([result.exitReason, result.calls, result.breach]).toEqual(['Completed', 1, undefined]);
    const second = `${code}; new WebSocket(URL_)`;
    expect((await run(second, { limits: { bridgeCalls: 1 } })).breach).toBe('BridgeCalls');
  });

  it('keeps what waits to be sent in the memory of the guest', async () => {
    let taken = 0;
    const { run } = await connected((socket) => {
      // A server that takes nothing: what is sent stays where it is.
      socket.pause();
      taken++;
    });
    const code = `const s = await opened(URL_); for (let i = 0; i < 200; i++) s.send(new Uint8Array(1_000_000)); return s.bufferedAmount`;
    const result = await run(code);
    expect(taken).toBe(1);
    // 200 MB of buffers are more than the isolate has.
    expect(result.exitReason).not.toBe('Completed');
  });
});

describe('WebSocket in a hostile realm', () => {
  it('gives nothing of its own away when prototypes are changed', async () => {
    const { value } = await connected();
    const code = `let seen = ''; const note = (n) => { seen += String(n) + ' ' };
      const spy = (o, n) => { const was = o[n]; Object.defineProperty(o, n, { configurable: true, value(...a) { note(n); return Reflect.apply(was, this, a) } }) };
      for (const n of ['push', 'shift', 'join', 'map', 'slice']) spy(Array.prototype, n);
      const walk = Array.prototype[Symbol.iterator];
      for (const n of ['set', 'subarray', 'slice']) spy(Object.getPrototypeOf(Uint8Array.prototype), n);
      const names = ['id', 'kind', 'isLast', 'bytes', 'code', 'reason', 'toJSON', 'url', 'json', 'onSent', '0', '1'];
      for (const n of names) Object.defineProperty(Object.prototype, n, { configurable: true, get() { note('get ' + n) }, set() { note('set ' + n) } });
      Array.prototype[Symbol.iterator] = function () { note('walk'); return Reflect.apply(walk, this, []) };
      const s = new WebSocket(URL_, 'a'); let count = 0, size = 0, first;
      const done = new Promise((f) => { s.onclose = (e) => f(e.code); s.onerror = (e) => f(e.message);
        s.onmessage = (e) => { if (count++) { size = e.data.byteLength; s.close(3000, 'x') } else first = e.data };
        s.onopen = () => { s.binaryType = 'arraybuffer'; s.send('t'); s.send(new Uint8Array(100_000)) } });
      const end = await done; const log = seen; Array.prototype[Symbol.iterator] = walk; for (const n of names) delete Object.prototype[n];
      return [count, first, size, end, log]`;
    const list = (await value(code)) as unknown[];
    expect(list).toEqual([2, 't', 100_000, 3000, '']);
  });

  it('opens no more than its share, and takes no calls that its class would not make', async () => {
    const opened: string[] = [];
    const openWebSocket: HarnessOptions['openWebSocket'] = ({ url }) => {
      opened.push(url);
      return {
        head: new Promise(() => {}),
        body: { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) },
        write: async () => {},
        endWrite: () => {},
        abort: () => {},
      };
    };
    const code = `let failed = 0; for (let i = 0; i < 100; i++) new WebSocket('ws://a.example/' + i).onerror = () => failed++;
      const long = new WebSocket('ws://a.example/' + 'x'.repeat(9000)); const why = await new Promise((f) => (long.onerror = (e) => f(e.message)));
      return [failed, why]`;
    const limits = { bridgeCalls: 1000 };
    expect(await valueOf(code, { openWebSocket, limits })).toEqual([
      36,
      'WebSocket failed: the URL is not valid',
    ]);
    expect(opened).toHaveLength(64);
  });

  it('says nothing of the host when the way out fails strangely', async () => {
    const openWebSocket: HarnessOptions['openWebSocket'] = () => ({
      head: Promise.reject(new Error('at /home/secret/file.ts')),
      body: { async *[Symbol.asyncIterator]() {} },
      write: () => Promise.reject(new CofferdamError('EGRESS_FAILED')),
      endWrite: () => {},
      abort: () => {},
    });
    const code = `const s = new WebSocket('ws://a.example/'); return new Promise((f) => (s.onerror = (e) => f(e.message)))`;
    expect(await valueOf(code, { openWebSocket })).toBe('WebSocket failed: EGRESS_FAILED');
  });
});
