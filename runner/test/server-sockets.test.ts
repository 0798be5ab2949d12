import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  closePart,
  encodeSocketPart,
  LASTING,
  readClose,
  readSocketParts,
  SERVER_METHODS,
  socketParts,
  type SocketPart,
} from '@cofferdam/protocol';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';
import { embedder } from './runtime-embedder.ts';
import { ask, start } from './server-caller.ts';

const keeper = new RuntimeKeeper();
/** A busy machine takes its time. */
const PATIENT = { timeout: 15_000 };
beforeAll(() => keeper.warm());
afterAll(() => keeper.close());

const ECHO = `const seen = []; const sockets = [];
  serve({
    fetch(request, server) {
      const { pathname } = new URL(request.url);
      if (pathname === '/seen') return Response.json(seen);
      server.upgrade(request, { data: { pathname }, headers: { 'sec-websocket-protocol': 'b' } });
    },
    websocket: {
      open(ws) { sockets.push(ws); seen.push(['open', ws.data.pathname, ws.readyState]) },
      async message(ws, data) {
        if (data === 'close') return ws.close(4001, 'done');
        if (data === 'flood') { let n = 0; try { for (;;) { ws.send('x'.repeat(60_000)); n++ } } catch (error) { seen.push([error.name, n]) } return }
        if (data === 'throw') throw new Error('in a handler');
        ws.send(data);
      },
      close(ws, code, reason) { seen.push(['close', code, reason, ws.readyState]); ws.send('late'); ws.close() },
      error(ws, error) { seen.push(['error', error.message]) },
    },
  });`;

async function serving(source = ECHO) {
  const host = await embedder({ keeper });
  const runtime = await host.open({ features: ['server'] });
  const outcome = await runtime.eval(source);
  expect(outcome).toMatchObject({ exitReason: 'Completed' });
  const upgrade = async (path = '/') =>
    (await start(host.channel, runtime.id, { path }).head).connectionId!;
  const open = (connectionId: string, signal?: AbortSignal) => {
    const call = host.channel.call(
      SERVER_METHODS.webSocket,
      { runtimeId: runtime.id, connectionId },
      { deadlineMs: LASTING, ...(signal && { signal }) },
    );
    const parts = readSocketParts(call.data);
    const next = async () => {
      const pieces: Buffer[] = [];
      for (;;) {
        const { value, done } = await parts.next();
        if (done) return undefined;
        const part = value as SocketPart;
        if (part.kind === 'close') return readClose(part);
        pieces.push(Buffer.from(part.bytes));
        if (part.isLast) return { kind: part.kind, data: Buffer.concat(pieces) };
      }
    };
    const send = (data: string | Uint8Array) => {
      const kind = typeof data === 'string' ? 'text' : 'binary';
      const sent = [...socketParts(kind, Buffer.from(data))].map((part) =>
        call.pass(encodeSocketPart(part)),
      );
      return Promise.all(sent);
    };
    const close = (code: number, reason = '') =>
      call.pass(encodeSocketPart(closePart({ code, reason })));
    return { call, next, send, close };
  };
  const seen = async () =>
    JSON.parse((await ask(host, runtime, { path: '/seen' })).text) as unknown[];
  return { host, runtime, upgrade, open, seen };
}

describe('a connection', () => {
  it('brings messages both ways, in order, and closes from either side', async () => {
    const { host, runtime, upgrade, open, seen } = await serving();
    const { head } = start(host.channel, runtime.id, { path: '/first' });
    const { connectionId, ...rest } = await head;
    expect(rest).toEqual({
      status: 200,
      statusText: '',
      headers: [['sec-websocket-protocol', 'b']],
    });
    const first = open(connectionId!);
    const large = Buffer.alloc(4 * 1024 * 1024, 7);
    await first.send('hé');
    await first.send(new Uint8Array([1, 2]));
    await first.send('');
    void first.send(large);
    expect(await first.next()).toEqual({ kind: 'text', data: Buffer.from('hé') });
    expect(await first.next()).toEqual({ kind: 'binary', data: Buffer.from([1, 2]) });
    expect(await first.next()).toEqual({ kind: 'text', data: Buffer.alloc(0) });
    const echoed = (await first.next()) as { data: Buffer };
    // Not by `toEqual`, which takes seconds for so many bytes.
    expect(echoed.data.equals(large)).toBe(true);
    await first.close(4000, 'bye');
    expect(await first.call.reply).toEqual({});
    const second = open(await upgrade('/second'));
    await second.send('throw');
    await second.send('close');
    expect(await second.next()).toEqual({ code: 4001, reason: 'done' });
    await second.send('not heard');
    await second.close(4001);
    await second.call.reply;
    expect(await seen()).toEqual([
      ['open', '/first', 1],
      ['close', 4000, 'bye', 3],
      ['open', '/second', 1],
      ['close', 4001, '', 3],
    ]);
    await runtime.message(([, , text]) => String(text).includes('in a handler'));
  });

  it('that breaks is closed with 1006, and with an error where that is known', async () => {
    const { upgrade, open, seen } = await serving();
    const over = new AbortController();
    const cancelled = open(await upgrade(), over.signal);
    await cancelled.send('a');
    await cancelled.next();
    over.abort();
    await expect(cancelled.call.reply).rejects.toMatchObject({ code: 'CANCELLED' });
    const ended = open(await upgrade());
    ended.call.end();
    expect(await ended.call.reply).toEqual({});
    const failed = open(await upgrade());
    await failed.close(1006, 'reset by peer');
    expect(await failed.call.reply).toEqual({});
    const closes = async () => (await seen()).filter((entry) => (entry as string[])[0] !== 'open');
    await expect.poll(closes, PATIENT).toEqual([
      ['close', 1006, '', 3],
      ['close', 1006, '', 3],
      ['error', 'reset by peer'],
      ['close', 1006, '', 3],
    ]);
  });

  it('takes no message over 4 MiB, and nothing that is none', async () => {
    const { upgrade, open, seen } = await serving();
    const large = open(await upgrade());
    void large.send(new Uint8Array(4 * 1024 * 1024 + 1)).catch(() => {});
    await expect(large.call.reply).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    const wrong = open(await upgrade());
    await wrong.call.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 9]));
    await expect(wrong.call.reply).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const closes = async () => (await seen()).filter((entry) => (entry as string[])[0] === 'close');
    await expect.poll(closes, PATIENT).toEqual([
      ['close', 1009, 'the message is too large', 3],
      ['close', 1006, '', 3],
    ]);
  });

  it('is opened once, and none that the guest has not agreed to', async () => {
    const { upgrade, open } = await serving();
    const connectionId = await upgrade();
    const first = open(connectionId);
    await first.send('here');
    await first.next();
    await expect(open(connectionId).call.reply).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(open('another').call.reply).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await first.close(1000);
    await first.call.reply;
    await expect(open(connectionId).call.reply).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('holds back a guest whose client does not read', async () => {
    const { upgrade, open, seen, runtime } = await serving();
    const slow = open(await upgrade());
    await slow.send('flood');
    await expect.poll(async () => (await seen()).length, PATIENT).toBe(2);
    const [, flood] = (await seen()) as [unknown, [string, number]];
    // 16 MiB wait in the guest, and a window or two on the way.
    expect(flood[0]).toBe('RangeError');
    expect(flood[1]).toBeGreaterThan(200);
    expect(flood[1]).toBeLessThan((16 * 2 ** 20) / 60_000 + 32);
    for (let i = 0; i < flood[1]; i++) await slow.next();
    await slow.send('again');
    expect(await slow.next()).toEqual({ kind: 'text', data: Buffer.from('again') });
    expect(runtime.messages.filter(([kind]) => kind === 'log')).toEqual([]);
  });

  it('ends with its runtime', async () => {
    const { upgrade, open, runtime } = await serving();
    const one = open(await upgrade());
    await one.send('a');
    await one.next();
    runtime.dispose();
    await expect(one.call.reply).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });

  it('is one of 1,024 at most, with those that nobody has opened', async () => {
    const { host, runtime, upgrade, open } = await serving();
    const ids = await Promise.all(Array.from({ length: 1_024 }, () => upgrade()));
    const more = () => start(host.channel, runtime.id).call.reply;
    await expect(more()).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    const one = open(ids[0]!);
    await one.close(1000);
    await one.call.reply;
    expect(await more()).toEqual({});
  });
});

describe('upgrade', () => {
  it('throws the second time, and for what is not being served; a response beside it is let go of', async () => {
    const { host, runtime } = await serving(`let told = []; let kept;
      serve({ async fetch(request, server) {
        const { pathname } = new URL(request.url);
        if (pathname === '/told') return Response.json(told);
        const attempt = (one, options) => { try { told.push(server.upgrade(one, options)) } catch (error) { told.push(error.message) } };
        if (pathname === '/late') { await null; attempt(kept); return new Response('') }
        kept = request;
        attempt(request, { headers: { 'no name': '1' } }); attempt(request); attempt(request); attempt({}); attempt(new Request(request));
        if (pathname === '/throw') throw new Error('after all');
        return new Response(new ReadableStream({ cancel() { told.push('cancelled') } }));
      }, websocket: {} })`);
    const { head } = await ask(host, runtime);
    expect(head.connectionId).toEqual(expect.any(String));
    await expect(ask(host, runtime, { path: '/throw' })).rejects.toMatchObject({
      message: 'Error: after all',
    });
    await ask(host, runtime, { path: '/late' });
    const { text } = await ask(host, runtime, { path: '/told' });
    const once = [
      'Invalid header name: no name',
      true,
      'The request is upgraded already',
      ...Array<string>(2).fill('The request is not being served'),
    ];
    expect(JSON.parse(text)).toEqual([
      ...once,
      'cancelled',
      ...once,
      'The request is not being served',
    ]);
  });
});
