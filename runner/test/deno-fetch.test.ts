import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DenoEngine } from '../src/engines/deno/engine.ts';
import { runOn, valueOf, type RunOptions } from './engine-harness.ts';
import { httpFetchStream } from './http-fetch-stream.ts';

describe('fetch of the deno engine', () => {
  let engine: DenoEngine;
  let server: Server;
  let origin: string;
  /** Requests whose connection the client ended before the answer was whole. */
  const abandoned: string[] = [];
  const waiting = new Map<string, () => void>();

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url!, 'http://local');
    response.on('close', () => {
      if (response.writableFinished) return;
      abandoned.push(pathname);
      waiting.get(pathname)?.();
    });
    if (pathname === '/slow') return response.write('first');
    if (pathname === '/silent') return undefined;
    if (pathname === '/missing') return response.writeHead(204).end();
    if (pathname === '/large') return response.end(Buffer.alloc(3_000_000, 'a'));
    if (pathname === '/broken') return response.write('half', () => response.destroy());
    if (pathname === '/moved') return response.writeHead(302, { location: '/echo' }).end();
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    response.setHeader('content-type', 'application/json');
    response.setHeader('set-cookie', ['a=1', 'b=2']);
    const { method, headers } = request;
    return response.end(
      JSON.stringify({
        method,
        size: body.length,
        text: body.toString().slice(0, 50),
        x: headers['x-x'],
      }),
    );
  };
  const run = (code: string, options: RunOptions = {}) =>
    runOn(engine, code.replaceAll('ORIGIN', origin), { openFetch: httpFetchStream, ...options });
  const value = async (code: string, options?: RunOptions) => valueOf(await run(code, options));
  const whenAbandoned = (path: string) =>
    abandoned.includes(path)
      ? Promise.resolve()
      : new Promise<void>((resolve) => waiting.set(path, resolve));

  beforeAll(async () => {
    engine = new DenoEngine();
    server = createServer((request, response) => void answer(request, response)).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await engine.close();
    server.closeAllConnections();
    server.close();
  });

  it('answers a native Response, and notes a span inside execute', async () => {
    const outcome = await run(`
      const r = await fetch('ORIGIN/echo?q=1', { headers: { 'x-x': 'yes' } });
      const copy = r.clone();
      return [r instanceof Response, r.status, r.ok, r.url, copy.url, r.redirected,
        r.headers.getSetCookie(), (await r.json()).x, (await copy.json()).method]`);
    const url = `${origin}/echo?q=1`;
    expect(valueOf(outcome)).toEqual([
      true,
      200,
      true,
      url,
      url,
      false,
      ['a=1', 'b=2'],
      'yes',
      'GET',
    ]);
    expect(outcome.bridgeCalls).toBe(1);
    const [isolate, execute, fetched] = outcome.spans;
    expect([isolate?.name, execute?.name, fetched?.name]).toEqual(['isolate', 'execute', 'fetch']);
    expect([isolate?.parent, execute?.parent, fetched?.parent]).toEqual([-1, -1, 1]);
    expect(fetched?.attributes?.['http.response.status_code']).toBe(200);
    expect(fetched!.start).toBeGreaterThanOrEqual(execute!.start);
    expect(fetched!.end).toBeLessThanOrEqual(execute!.end);
  });

  it('sends bodies: text, a stream, and more than a window at once', async () => {
    const bodies = `
      const stream = new ReadableStream({ start(c) { for (const t of ['one', 'two']) c.enqueue(new TextEncoder().encode(t)); c.close(); } });
      const large = new Uint8Array(900_000).fill(97);
      const post = async (body) => { const { method, size, text } = await (await fetch('ORIGIN/echo', { method: 'POST', body })).json(); return [method, size, text.slice(0, 6)]; };
      return [await post('hello'), await post(stream), await post(large)]`;
    expect(await value(bodies)).toEqual([
      ['POST', 5, 'hello'],
      ['POST', 6, 'onetwo'],
      ['POST', 900_000, 'aaaaaa'],
    ]);
  });

  it('reads bodies larger than the window, empty ones, and those that came by a redirect', async () => {
    expect(
      await value(`
        const moved = await fetch('ORIGIN/moved');
        return [(await (await fetch('ORIGIN/large')).arrayBuffer()).byteLength,
          (await fetch('ORIGIN/missing')).body, moved.redirected, moved.url.endsWith('/echo')]`),
    ).toEqual([3_000_000, null, true, true]);
  });

  it('streams: the first piece is there before the last', async () => {
    const code = `
      const reader = (await fetch('ORIGIN/slow')).body.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      return new TextDecoder().decode(value)`;
    expect(await value(code)).toBe('first');
    await whenAbandoned('/slow');
  });

  it('takes an abort to the target', async () => {
    const code = `
      const abort = new AbortController();
      setTimeout(() => abort.abort(new RangeError('enough')), 50);
      try { await fetch('ORIGIN/silent', { signal: abort.signal }) } catch (error) {
        let before; try { await fetch('ORIGIN/echo', { signal: AbortSignal.abort() }) } catch (e) { before = e.name }
        return [error.name, error.message, before]
      }`;
    expect(await value(code)).toEqual(['RangeError', 'enough', 'AbortError']);
    await whenAbandoned('/silent');
  });

  it('ends requests with their run', async () => {
    abandoned.length = 0;
    const outcome = await run(`await fetch('ORIGIN/silent')`, { limits: { wallTimeMs: 300 } });
    expect(outcome.exitReason).toBe('WallTime');
    await whenAbandoned('/silent');
  });

  it('fails as fetch fails, with the code of the way out', async () => {
    const code = `try { await fetch('http://127.0.0.1:1/') } catch (e) { return [e instanceof TypeError, e.message] }`;
    expect(await value(code)).toEqual([
      true,
      'fetch failed: EGRESS_FAILED: the target could not be reached',
    ]);
    const [, refused] = (await value(code, { openFetch: undefined as never })) as [boolean, string];
    expect(refused).toMatch(/^fetch failed: EGRESS_DENIED: /);
    expect((await run(`await (await fetch('ORIGIN/broken')).text()`)).error?.name).toBe(
      'TypeError',
    );
    expect((await run(`await fetch('relative')`)).error?.name).toBe('TypeError');
  });

  it('answers data: and blob: addresses without asking anybody', async () => {
    const outcome = await run(
      `return [await (await fetch('data:,x')).text(), await (await fetch(URL.createObjectURL(new Blob(['y'])))).text()]`,
    );
    expect(valueOf(outcome)).toEqual(['x', 'y']);
    expect(outcome.bridgeCalls).toBe(0);
  });

  it('works for a script that has patched the built-ins', async () => {
    const code = `
      Map.prototype.get = Array.prototype.push = Uint8Array.prototype.set = JSON.stringify = Headers.prototype.forEach = () => { throw 1 };
      globalThis.Response = globalThis.Request = undefined; Object.prototype.toJSON = () => 'mine';
      const { status } = await fetch('ORIGIN/echo', { method: 'POST', body: 'x' }); delete Object.prototype.toJSON; return status`;
    expect(await value(code)).toBe(200);
  });

  it('counts calls and what they carry', async () => {
    const many = `for (let i = 0; i < 9; i++) await (await fetch('ORIGIN/echo')).text()`;
    expect((await run(many, { limits: { bridgeCalls: 9 } })).exitReason).toBe('Completed');
    expect((await run(many, { limits: { bridgeCalls: 8 } })).exitReason).toBe('BridgeCalls');
    const limits = { bridgePayloadBytes: 2000 };
    const heavyHead = `await fetch('ORIGIN/echo?' + 'x'.repeat(3000))`;
    expect((await run(heavyHead, { limits })).exitReason).toBe('BridgePayload');
    const heaviest = `await fetch('ORIGIN/echo', { headers: { x: 'x'.repeat(9e6) } })`;
    const most = { bridgePayloadBytes: 16 * 2 ** 20, memoryBytes: 512 * 2 ** 20 };
    expect((await run(heaviest, { limits: most })).exitReason).toBe('BridgePayload');
    const heavyBody = `await fetch('ORIGIN/echo', { method: 'POST', body: 'x'.repeat(3000) })`;
    expect((await run(heavyBody, { limits })).exitReason).toBe('BridgePayload');
  });
});
