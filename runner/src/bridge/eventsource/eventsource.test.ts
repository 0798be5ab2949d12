import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { httpFetchStream } from '../../../test/http-fetch-stream.ts';
import { runGuest, valueOf, type HarnessOptions } from '../../../test/isolate-harness.ts';
import { httpServer } from '../../../test/way-out.ts';
import { noFetch } from '../fetch/none.ts';

const PRELUDE = `const next = (s, t) => new Promise((f) => s.addEventListener(t, f, { once: true }));
  const read = (url, until, types = ['message']) => new Promise((f) => { const s = new EventSource(url); const got = [];
    for (const t of types) s.addEventListener(t, (e) => { if (e.data === until) { s.close(); f(got) } else got.push([e.type, e.data, e.lastEventId]) }) });`;

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A server of event streams, and guests that may ask it. */
async function serving(answer: Answer) {
  let count = 0;
  const seen = await httpServer((request, response) => {
    response.setHeader('content-type', 'Text/Event-Stream; charset=utf-8');
    answer(request, response, ++count);
  });
  const way: HarnessOptions = { openFetch: httpFetchStream };
  const fill = (code: string) => PRELUDE + code.replaceAll('URL_', `'${seen.url}/'`);
  return {
    url: seen.url,
    value: (code: string) => valueOf(fill(code), way),
    run: (code: string, more: HarnessOptions = {}) => runGuest(fill(code), { ...way, ...more }),
    get count() {
      return count;
    },
  };
}

/** What a stream of this text is read as. */
async function events(text: string | Buffer[], types?: string[]): Promise<unknown> {
  const pieces = typeof text === 'string' ? [Buffer.from(text)] : text;
  const { value } = await serving(async (_request, response) => {
    for (const piece of [...pieces, Buffer.from('\n\ndata:END\n\n')]) {
      if (!response.write(piece)) await once(response, 'drain');
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  return value(`return read(URL_, 'END', ${JSON.stringify(types ?? ['message'])})`);
}

describe('the stream of an EventSource', () => {
  it.each<[string, string, unknown[]]>([
    ['lines of data', 'data:a\ndata: b\ndata:  c\n\n', [['message', 'a\nb\n c', '']]],
    ['all three ends of a line', 'data:a\rdata:b\r\ndata:c\n\r\n', [['message', 'a\nb\nc', '']]],
    ['a byte order mark, once', '\ufeffdata:a\n\n\ufeffdata:b\n\n', [['message', 'a', '']]],
    [
      'comments and unknown fields',
      ':x\n:\nfoo:bar\ndata :no\nDATA:no\ndata:a\n\n',
      [['message', 'a', '']],
    ],
    ['a field without a colon', 'data\ndata\n\n', [['message', '\n', '']]],
    ['nothing but a name as no event', 'event:x\nid:7\n\ndata:a\n\n', [['message', 'a', '7']]],
    [
      'an id that lasts',
      'id:1\ndata:a\n\ndata:b\n\nid\ndata:c\n\n',
      [
        ['message', 'a', '1'],
        ['message', 'b', '1'],
        ['message', 'c', ''],
      ],
    ],
    [
      'no id with a zero in it',
      'id:1\ndata:a\n\nid:x\0\ndata:b\n\n',
      [
        ['message', 'a', '1'],
        ['message', 'b', '1'],
      ],
    ],
    [
      'no retry that is no number',
      'retry:1x\nretry:-1\nretry:\ndata:a\n\n',
      [['message', 'a', '']],
    ],
    ['characters beyond ASCII', 'data:€😀\n\n', [['message', '€😀', '']]],
    [
      'an empty event',
      'data:\n\ndata\n\n',
      [
        ['message', '', ''],
        ['message', '', ''],
      ],
    ],
  ])('knows %s', async (_what, text, expected) => {
    expect(await events(text)).toEqual(expected);
  });

  it('knows names of events', async () => {
    const text = 'event:ping\ndata:1\n\nevent:\ndata:2\n\nevent:other\nevent:ping\ndata:3\n\n';
    expect(await events(text, ['message', 'ping', 'other'])).toEqual([
      ['ping', '1', ''],
      ['message', '2', ''],
      ['ping', '3', ''],
    ]);
  });

  it('is read the same wherever it is cut', async () => {
    const bytes = Buffer.from('\ufeffid:é\r\ndata:€\r\n\r\ndata:x\r\r');
    const pieces = [...bytes].map((byte) => Buffer.from([byte]));
    expect(await events(pieces)).toEqual([
      ['message', '€', 'é'],
      ['message', 'x', 'é'],
    ]);
  });

  it('takes long lines in time that grows with their length', async () => {
    const line = 'x'.repeat(200_000);
    const got = (await events(`data:${line}\n\n`)) as [string, string, string][];
    expect(got[0]![1]).toHaveLength(200_000);
  });
});

describe('EventSource', () => {
  it('opens, with its attributes and trusted events', async () => {
    let headers: IncomingMessage['headers'] = {};
    const { value, url } = await serving((request, response) => {
      ({ headers } = request);
      response.write('data:1\n\n');
    });
    const code = `const s = new EventSource(URL_, { withCredentials: true }); const log = [s.readyState, s.url, s.withCredentials, new EventSource(URL_).withCredentials];
      const open = await next(s, 'open'); const e = await new Promise((f) => (s.onmessage = f)); s.close();
      return [...log, open.isTrusted, s.readyState, e instanceof MessageEvent, e.origin, EventSource.CLOSED, s.CONNECTING, EventSource.length]`;
    expect(await value(code)).toEqual([
      ...[0, `${url}/`, true, false],
      ...[true, 2, true, url, 2, 0, 1],
    ]);
    expect(headers).toMatchObject({ accept: 'text/event-stream', 'cache-control': 'no-store' });
    expect(headers).not.toHaveProperty('last-event-id');
  });

  it('connects again with the last id, after the time that the stream said', async () => {
    const ids: unknown[] = [];
    const { value } = await serving((request, response, count) => {
      const id = request.headers['last-event-id'];
      ids.push(id && Buffer.from(id as string, 'latin1').toString());
      if (count === 3) response.write('data:END\n\n');
      else response.end(`retry:1\nid:é${count}\ndata:${count}\n\nid:lost\ndata:half`);
    });
    const code = `const s = new EventSource(URL_); const log = []; s.onopen = () => log.push('open'); s.onerror = () => log.push(s.readyState);
      return new Promise((f) => (s.onmessage = (e) => { if (e.data === 'END') { s.close(); f([...log, e.lastEventId]) } else log.push(e.data) }))`;
    expect(await value(code)).toEqual(['open', '1', 0, 'open', '2', 0, 'open', 'é2']);
    expect(ids).toEqual([undefined, 'é1', 'é2']);
  });

  it.each<[string, Answer]>([
    ['another status', (_request, response) => response.writeHead(204).end()],
    ['an error', (_request, response) => response.writeHead(500).end('data:x\n\n')],
    [
      'another content type',
      (_request, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('x'),
    ],
  ])('gives up on %s', async (_what, answer) => {
    const server = await serving(answer);
    const code = `const s = new EventSource(URL_); const e = await next(s, 'error'); return [s.readyState, e.message.startsWith('EventSource failed: ')]`;
    expect(await server.value(code)).toEqual([2, true]);
    expect(server.count).toBe(1);
  });

  it('gives up where it is not allowed, and goes on where nobody answers', async () => {
    const code = `const s = new EventSource('http://a.example/'); const e = await new Promise((f) => (s.onerror = f)); return [s.readyState, e.message]`;
    expect(await valueOf(code, { openFetch: noFetch })).toEqual([
      2,
      expect.stringContaining('EGRESS_DENIED'),
    ]);
    const there = `const s = new EventSource('http://127.0.0.1:1/'); await new Promise((f) => (s.onerror = f)); const state = s.readyState; s.close(); return [state, s.readyState]`;
    expect(await valueOf(there, { openFetch: httpFetchStream })).toEqual([0, 2]);
  });

  it('closes: nothing comes afterwards, and the server is left', async () => {
    const left = Promise.withResolvers<void>();
    const server = await serving((request, response) => {
      request.on('close', () => left.resolve());
      response.write('data:1\n\ndata:2\n\n');
    });
    const code = `const s = new EventSource(URL_); let count = 0; await new Promise((f) => (s.onmessage = () => { count++; s.close(); f() }));
      await new Promise((f) => setTimeout(f, 20)); return [count, s.readyState]`;
    expect(await server.value(code)).toEqual([1, 2]);
    await left.promise;
  });

  it('refuses what is no URL, and calls without new', async () => {
    const code = `const name = (run) => { try { run(); return 'none' } catch (e) { return e.name } };
      return [() => new EventSource('nonsense'), () => new EventSource(), () => EventSource('http://a/')].map(name)`;
    expect(await valueOf(code)).toEqual(['SyntaxError', 'TypeError', 'TypeError']);
  });

  it('counts each connection as a call, so that a stream that ends at once does not go on for ever', async () => {
    const server = await serving((_request, response) => response.end('retry:0\n\n'));
    const code = `const s = new EventSource(URL_); let n = 0; return new Promise((f) => (s.onerror = () => ++n === 6 && f(n)))`;
    const result = await server.run(code, { limits: { bridgeCalls: 5 } });
    expect(result.breach).toBe('BridgeCalls');
    expect(server.count).toBe(5);
  });

  it('is not led by what a guest changes', async () => {
    const { value } = await serving((_request, response, count) => {
      if (count === 1) response.end('retry:1\nid:1\ndata:a\n\n');
      else response.write('data:b\n\n');
    });
    const code = `let seen = ''; const names = ['id', 'url', 'headers', 'status', 'type', 'data', 'hasData', 'lastEventId', 'toJSON', '0', '1', '2'];
      for (const n of names) Object.defineProperty(Object.prototype, n, { configurable: true, get() { seen += 'get ' + n + ' ' }, set() { seen += 'set ' + n + ' ' } });
      for (const n of ['push', 'join', 'map']) Array.prototype[n] = () => { seen += n };
      for (const n of ['set', 'slice', 'subarray']) Object.getPrototypeOf(Uint8Array.prototype)[n] = () => { seen += n };
      String.prototype.split = String.prototype.indexOf = () => { seen += 'string'; return 0 }; TextDecoder = undefined; fetch = undefined; URL = undefined;
      const walk = Array.prototype[Symbol.iterator]; Array.prototype[Symbol.iterator] = () => { seen += 'walk' };
      const s = new EventSource(URL_); let got = '';
      const end = await new Promise((f) => (s.onmessage = (e) => { got += e.data + e.lastEventId; if (got.length > 2) f(1) })); s.close(); Array.prototype[Symbol.iterator] = walk;
      for (const n of names) delete Object.prototype[n]; return [got, seen]`;
    expect(await value(code)).toEqual(['a1b1', '']);
  });
});
