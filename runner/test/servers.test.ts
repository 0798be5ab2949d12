import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LASTING, SERVER_METHODS } from '@cofferdam/protocol';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';
import { embedder } from './runtime-embedder.ts';
import { ask, start, type Asked } from './server-caller.ts';

const keeper = new RuntimeKeeper();
/** A busy machine takes its time. */
const PATIENT = { timeout: 15_000 };
beforeAll(() => keeper.warm());
afterAll(() => keeper.close());

/** A guest that has evaluated the code, and how it is asked. */
async function serving(code: string) {
  const host = await embedder({ keeper });
  const runtime = await host.open({ features: ['server'] });
  const outcome = await runtime.eval(code);
  expect(outcome).toMatchObject({ exitReason: 'Completed' });
  return {
    ...{ host, runtime },
    ask: (asked?: Asked) => ask(host, runtime, asked),
    json: async (asked?: Asked) => JSON.parse((await ask(host, runtime, asked)).text) as unknown,
    start: (asked?: Asked) => start(host.channel, runtime.id, asked),
  };
}

const handler = (body: string) => `serve({ async fetch(request, server) { ${body} } })`;

describe('serve', () => {
  it('answers requests with what its handler answers', async () => {
    const { ask: asking, runtime } =
      await serving(`serve({ greeting: 'hello', fetch(request, server) {
      const headers = [['x-one', '1'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2']];
      return new Response(this.greeting + ' ' + request.method + ' ' + request.headers.get('x-from') + ' ' + typeof server.upgrade, { status: 201, statusText: 'Made', headers });
    } })`);
    expect(await runtime.message(([kind]) => kind === 'post')).toEqual([
      'post',
      'server',
      'serving',
    ]);
    const answered = await asking({ method: 'DELETE', headers: [['X-From', 'here']] });
    expect(answered).toEqual({
      text: 'hello DELETE here function',
      head: {
        status: 201,
        statusText: 'Made',
        headers: [
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
          ['x-one', '1'],
          ['content-type', 'text/plain;charset=UTF-8'],
        ],
      },
    });
    // The last call of serve counts, and says nothing more.
    await runtime.eval(handler('return new Response(null, { status: 204 })'));
    expect(await asking()).toMatchObject({ head: { status: 204 }, text: '' });
    expect(runtime.messages).toHaveLength(1);
  });

  it.each([
    '/',
    '/a/b?c=d#e',
    '/a#b?c',
    '/?',
    '/#',
    '/a?b?c#d#e',
    '/%7Ea//b/../c?x=%20',
    '/ä?ö#ü',
    ':8080/a',
    ':80/a',
  ])('has the parts of http://localhost%s as a URL has them', async (path) => {
    const parts = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname'];
    const all = [...parts, 'port', 'pathname', 'search', 'hash'];
    const code = handler(`const url = new URL(request.url); const again = new URL(request.url + '');
      url.searchParams.append('q', '1'); return Response.json([request.url, ${JSON.stringify(all)}.map((name) => again[name]), url.search])`);
    const { json } = await serving(code);
    const url = new URL(`http://localhost${path}`);
    const { href } = url;
    const expected = all.map((name) => url[name as 'href']);
    url.searchParams.append('q', '1');
    expect(await json({ path })).toEqual([href, expected, url.search]);
  });

  it('reads bodies whole, in pieces, as a stream and twice', async () => {
    const { json, start: starting } = await serving(
      handler(`const { pathname } = new URL(request.url);
      if (pathname === '/text') return Response.json([await request.text(), request.bodyUsed]);
      if (pathname === '/none') return Response.json([request.body, await request.text()]);
      if (pathname === '/form') return Response.json([...(await request.formData())]);
      if (pathname === '/twice') { const copy = request.clone(); const again = new Request(request); return Response.json([await copy.text(), await again.text(), copy.method, request.bodyUsed]); }
      const sizes = []; for await (const piece of request.body) sizes.push(piece.length);
      return Response.json({ pieces: sizes.length, size: sizes.reduce((a, b) => a + b, 0) });`),
    );
    expect(await json({ path: '/text', method: 'POST', body: 'hé' })).toEqual(['hé', true]);
    expect(await json({ path: '/text', method: 'POST', body: '' })).toEqual(['', true]);
    expect(await json({ path: '/none' })).toEqual([null, '']);
    const form: [string, string][] = [['Content-Type', 'application/x-www-form-urlencoded']];
    const filled = { path: '/form', method: 'POST', headers: form, body: 'a=1&b=%20' };
    expect(await json(filled)).toEqual([
      ['a', '1'],
      ['b', ' '],
    ]);
    const large = 'x'.repeat(1_000_000);
    expect(await json({ path: '/text', method: 'PUT', body: large })).toEqual([large, true]);
    expect(await json({ path: '/pieces', method: 'POST', body: large })).toMatchObject({
      size: 1_000_000,
    });
    const twice = await json({ path: '/twice', method: 'PATCH', body: large });
    expect(twice).toEqual([large, large, 'PATCH', true]);
    // One whose body comes later.
    const { call, head } = starting({ path: '/pieces', method: 'POST', body: '' });
    await call.write(Buffer.from('one'));
    await call.write(Buffer.from('two'));
    call.end();
    expect(await head).toMatchObject({ status: 200 });
  });

  it('may answer before it has read, and never does read', async () => {
    const { start: starting } = await serving(
      handler("if (new URL(request.url).pathname === '/') return new Response('early');"),
    );
    const { call, head } = starting({ method: 'POST', body: '' });
    const flood = call.write(Buffer.alloc(1_000_000));
    expect(await head).toMatchObject({ status: 200 });
    await expect(flood).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('streams a response as fast as it is taken, and no faster', async () => {
    const { start: starting, ask: asking } = await serving(`let made = 0; let cancelled = 'no';
      serve({ fetch(request) {
        if (new URL(request.url).pathname === '/state') return Response.json([made, cancelled]);
        return new Response(new ReadableStream({
          pull(controller) { made++; controller.enqueue(new Uint8Array(65_536)); },
          cancel(reason) { cancelled = String(reason?.message) },
        }));
      } })`);
    const over = new AbortController();
    const { call, head } = starting({ signal: over.signal });
    expect(await head).toMatchObject({ status: 200 });
    const pieces = call.data[Symbol.asyncIterator]();
    let taken = 0;
    while (taken < 2_000_000) taken += ((await pieces.next()).value as Buffer).byteLength;
    const state = async () => JSON.parse((await asking({ path: '/state' })).text) as unknown[];
    // Three windows and what is in the guest: nothing like what a stream without an end could make.
    const [made] = (await state()) as [number];
    expect(made).toBeLessThan(2_000_000 / 65_536 + 40);
    over.abort();
    await expect(call.reply).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(async () => (await state())[1], PATIENT).toBe('The request is over');
  });

  it('sends nothing of a body to HEAD, and large ones whole', async () => {
    const { ask: asking } = await serving(
      handler("return new Response('ab'.repeat(300_000), { headers: { 'x-a': 'b' } })"),
    );
    expect((await asking({ method: 'HEAD' })).text).toBe('');
    expect((await asking()).text).toBe('ab'.repeat(300_000));
  });
});

describe('a handler that fails', () => {
  it.each([
    ['throw new RangeError("so what")', 'RangeError: so what'],
    ['throw null', 'Error: '],
    ['throw { get message() { throw 1 } }', ''],
    ['return 7', 'TypeError: The handler answered no Response'],
    ['', 'TypeError: The handler answered no Response'],
    ['return { status: 200, headers: new Headers() }', 'TypeError: The handler answered no'],
    ['return Response.error()', 'TypeError: A handler cannot answer 0'],
    ['return new Response(null, { status: 101 })', 'TypeError: A handler cannot answer 101'],
    ['const r = new Response("a"); await r.text(); return r', 'TypeError: The body is used'],
    ['const r = new Response("a".repeat(9)); r.body.getReader(); return r', 'TypeError: The body'],
    [
      'const h = new Headers(); for (let i = 0; i < 129; i++) h.append("a" + i, "b"); return new Response("", { headers: h })',
      'TypeError: The response: there are more',
    ],
    [
      'return new Response("", { headers: { a: "x".repeat(16_385) } })',
      'TypeError: The response: header a',
    ],
    [
      'return new Response("", { headers: { ["a".repeat(257)]: "" } })',
      'TypeError: The response: a header',
    ],
    [
      'const h = new Headers(); for (let i = 0; i < 5; i++) h.append("a" + i, "x".repeat(16_000)); return new Response("", { headers: h })',
      'TypeError: The response: the headers have',
    ],
    [
      'return new Response("", { statusText: "x".repeat(513) })',
      'TypeError: The response: the status text',
    ],
    ['server.upgrade(request); return new Response("")', 'TypeError: serve was given no websocket'],
    [
      'server.upgrade(new Request(request)); return new Response("")',
      'TypeError: serve was given|TypeError: The request is not',
    ],
  ])('%s', async (body, message) => {
    const { ask: asking } = await serving(handler(body));
    await expect(asking()).rejects.toMatchObject({
      code: 'EXCEPTION',
      message: expect.stringMatching(message) as string,
    });
  });

  it('whose body breaks off fails the request after its head', async () => {
    const { start: starting } = await serving(
      handler(`let n = 0; return new Response(new ReadableStream({ async pull(c) {
        if (n++ === 0) return c.enqueue(new Uint8Array(3)); throw new EvalError('broke') } }))`),
    );
    const { call, head } = starting();
    expect(await head).toMatchObject({ status: 200 });
    await expect(call.reply).rejects.toMatchObject({
      code: 'EXCEPTION',
      message: 'EvalError: broke',
    });
  });

  it('that never answers is aborted by whoever asked, and leaves nothing', async () => {
    const { start: starting, json } = await serving(`const seen = []; let hanging = 0;
      serve({ fetch(request) {
        if (new URL(request.url).pathname === '/seen') return Response.json([seen, hanging]);
        hanging++;
        request.signal.addEventListener('abort', () => { seen.push(request.signal.reason.name); });
        return new Promise(() => {});
      } })`);
    const over = new AbortController();
    const { call } = starting({ signal: over.signal });
    await expect.poll(() => json({ path: '/seen' }), PATIENT).toEqual([[], 1]);
    over.abort();
    await expect(call.reply).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect.poll(() => json({ path: '/seen' }), PATIENT).toEqual([['AbortError'], 1]);
  });

  it('is told so where the guest serves nothing', async () => {
    const { ask: asking } = await serving('export default 1');
    await expect(asking()).rejects.toMatchObject({
      code: 'EXCEPTION',
      message: 'Error: The guest has called no serve',
    });
  });
});

describe('bounds', () => {
  it('lets 1,024 requests be under way, and as many again when those are over', async () => {
    const { start: starting, json } = await serving(`let live = 0;
      serve({ fetch(request) {
        const path = new URL(request.url).pathname;
        if (path === '/live') return Response.json(live);
        live++; request.signal.onabort = () => live--; return new Promise(() => {});
      } })`);
    for (let round = 0; round < 2; round++) {
      const over = new AbortController();
      const calls = Array.from({ length: 1_024 }, () =>
        starting({ path: '/hang', signal: over.signal }),
      );
      await expect(starting({}).call.reply).rejects.toMatchObject({ code: 'QUEUE_FULL' });
      over.abort();
      await Promise.allSettled(calls.map(({ call }) => call.reply));
      await expect.poll(() => json({ path: '/live' }), PATIENT).toBe(0);
    }
  }, 20_000);

  it('refuses what is no request, or not for it', async () => {
    const {
      host,
      runtime,
      start: starting,
    } = await serving(handler('await new Promise(() => {})'));
    const first = starting({ requestId: 'same' });
    await expect(starting({ requestId: 'same' }).call.reply).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'the requestId is in use',
    });
    void first;
    const send = (payload: object) =>
      host.channel.call(SERVER_METHODS.request, payload, { deadlineMs: LASTING }).reply;
    const request = {
      runtimeId: runtime.id,
      requestId: 'a',
      method: 'GET',
      headers: [],
      hasBody: false,
    };
    for (const url of ['ftp://a/', '/relative', 'http://a:b@c/', 'x'.repeat(9_000), '', 7]) {
      await expect(send({ ...request, url })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    }
    const url = 'http://a/';
    for (const wrong of [
      { method: 'A B' },
      { headers: [['a', 'b\n']] },
      { requestId: '' },
      { hasBody: 1 },
    ]) {
      await expect(send({ ...request, url, ...wrong })).rejects.toMatchObject({
        code: 'INVALID_INPUT',
      });
    }
    await expect(send({ ...request, url, runtimeId: 'none' })).rejects.toMatchObject({
      code: 'RUNTIME_ENDED',
    });
    const plain = await host.open();
    await expect(send({ ...request, url, runtimeId: plain.id })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: 'the runtime is no server',
    });
    await expect(host.open({ features: ['server'], preset: 'agent' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
  });

  it.each([
    ['works without rest', 'for (;;);', 'CpuTime'],
    ['uses up its memory', 'const all = []; for (;;) all.push(new Array(1e6).fill(1.5))', 'Memory'],
  ])('ends a guest that %s, and says so to all that it served', async (_, body, reason) => {
    const host = await embedder({ keeper });
    const runtime = await host.open({
      features: ['server'],
      stretchTimeMs: reason === 'Memory' ? 20_000 : 400,
      memoryBytes: 32 * 2 ** 20,
    });
    await runtime.eval(
      handler(`if (request.method === 'GET') await new Promise(() => {}); ${body}`),
    );
    const waiting = ask(host, runtime);
    const fatal = ask(host, runtime, { method: 'DELETE' });
    const ended = {
      code: 'RUNTIME_ENDED',
      message: expect.stringContaining(`${reason}: `) as string,
    };
    await expect(fatal).rejects.toMatchObject(ended);
    await expect(waiting).rejects.toMatchObject(ended);
    await expect(ask(host, runtime)).rejects.toMatchObject(ended);
  });

  it('says that a runtime was disposed of to all that it served', async () => {
    const { ask: asking, runtime } = await serving(handler('await new Promise(() => {})'));
    const waiting = asking();
    await runtime.figures();
    runtime.dispose();
    await expect(waiting).rejects.toMatchObject({
      code: 'RUNTIME_ENDED',
      message: expect.stringContaining('Cancelled'),
    });
  });
});

describe('a hostile realm', () => {
  it('breaks nothing but its own answers, whatever it changes', async () => {
    const { ask: asking, start: starting } = await serving(`
      const broken = () => { throw new Error('broken') };
      const { ownKeys, defineProperty } = { ownKeys: Reflect.ownKeys, defineProperty: Object.defineProperty };
      const types = [Map, Set, WeakMap, Promise, String, RegExp, ArrayBuffer, Uint8Array, AbortSignal, ReadableStream, Array];
      for (let i = 0; i < types.length; i++) {
        const names = ownKeys(types[i].prototype);
        for (let j = 0; j < names.length; j++) {
          if (names[j] !== 'constructor') try { defineProperty(types[i].prototype, names[j], { get: broken, set: broken, configurable: true }) } catch {}
        }
      }
      JSON.parse = JSON.stringify = Reflect.apply = Object.setPrototypeOf = Object.defineProperty = broken;
      globalThis.Response.json = undefined;
      serve({ fetch() { return new Response('still here') } });`);
    expect((await asking()).text).toBe('still here');
    const { call } = starting({ method: 'POST', body: '' });
    call.write(Buffer.alloc(100_000)).catch(() => {});
    await call.reply;
  });

  it('cannot answer for another request, or twice', async () => {
    const { json } = await serving(`const kept = [];
      serve({ async fetch(request, server) {
        kept.push(request);
        if (request.method === 'POST') { const copy = new Response('first'); return copy; }
        try { server.upgrade(kept[0]); return Response.json('upgraded') } catch (error) { return Response.json(error.message) }
      }, websocket: {} })`);
    await json({ method: 'POST', body: '' }).catch(() => {});
    expect(await json()).toBe('The request is not being served');
  });
});
