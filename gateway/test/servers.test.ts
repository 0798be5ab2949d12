import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { serverRig, serverScript, type ServerRig } from './server-rig.ts';

let rig: ServerRig;
beforeAll(async () => {
  rig = await serverRig();
  // The first isolate of a runner takes longer than all the others.
  rig.publish(serverScript('serve({ fetch: () => new Response("warm") })', { name: 'warm' }));
  await rig.get('/v1/namespaces/default/scripts/warm/server/');
}, 60_000);
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

/** Of each test another server: one that is replaced answers until there is another instance. */
let name: string;
let OWN: string;
let count = 0;
beforeEach(() => {
  name = `shop-${++count}`;
  OWN = `/v1/namespaces/default/scripts/${name}/server`;
});
const status = () => rig.status(name);
const script: typeof serverScript = (code, given) => serverScript(code, { name, ...given });
const lines = () =>
  status()
    .logs.filter(({ system }) => !system)
    .map(({ message }) => message);
const PATIENT = { limits: { wallTimeMs: 30_000 } };

/** A handler whose answers wait for /open. */
const HELD = `
  let open; const gate = new Promise((resolve) => { open = resolve; });
  serve({ async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/open') { open(); return new Response('opened'); }
    console.log('holding');
    await gate;
    return new Response(NAME);
  } });`;

describe('a server', () => {
  it('starts with the first request, and is answered by for the next', async () => {
    rig.publish(
      script(
        `let n = 0; console.log('hi', env.GREETING);
         serve({ fetch: (request) => new Response(request.url + ' ' + ++n) })`,
        { env: { GREETING: 'wor\u2028ld "x"' } },
      ),
    );
    expect(status().instances).toEqual([]);
    const first = await rig.get(`${OWN}/a/b?c=1`);
    expect([first.status, first.text]).toEqual([200, `${rig.url}/a/b?c=1 1`]);
    const second = await rig.get(`${OWN}/`);
    expect(second.text).toBe(`${rig.url}/ 2`);
    expect(status().instances).toMatchObject([{ id: 1, state: 'ready', requests: 2 }]);
    expect(lines()).toEqual(['hi wor\u2028ld "x"']);
    const { body } = await rig.get(`${OWN}`);
    expect(body).toMatchObject({ waiting: 0, suspended: false, instances: [{ current: true }] });
  });

  it('gets bodies and sends bodies as they come', async () => {
    rig.publish(
      script(`serve({ fetch(request) {
        if (request.method === 'PUT') return new Response(request.body);
        const { readable, writable } = new TransformStream();
        const writer = writable.getWriter();
        const go = async () => {
          await writer.write(new TextEncoder().encode('first'));
          await new Promise((resolve) => { globalThis.more = resolve; });
          await writer.write(new TextEncoder().encode('second'));
          await writer.close();
        };
        if (request.url.endsWith('/more')) { globalThis.more(); return new Response('ok'); }
        go();
        return new Response(readable);
      } })`),
    );
    const big = Buffer.alloc(3_000_000, 'abcdefg');
    const echo = await fetch(`${rig.url}${OWN}/`, { method: 'PUT', body: big });
    expect(Buffer.from(await echo.arrayBuffer()).equals(big)).toBe(true);
    const stream = await fetch(`${rig.url}${OWN}/stream`);
    const reader = stream.body!.getReader();
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('first');
    await rig.get(`${OWN}/more`);
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('second');
    expect((await reader.read()).done).toBe(true);
  });

  it('that throws, never answers or breaks its answer off is told apart from one that answers', async () => {
    rig.publish(
      script(
        `serve({ fetch(request) {
          const { pathname } = new URL(request.url);
          if (pathname === '/throw') throw new RangeError('too far');
          if (pathname === '/never') return new Promise(() => {});
          const body = new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(9)); c.error(new Error('x')); } });
          if (pathname === '/broken') return new Response(body);
          return new Response('fine', { status: 418 });
        } })`,
        { limits: { wallTimeMs: 1_000 } },
      ),
    );
    const thrown = await rig.get(`${OWN}/throw`);
    expect([thrown.status, thrown.body.error]).toMatchObject([
      502,
      { code: 'SERVER_FAILED', message: expect.stringContaining('too far') as string },
    ]);
    const late = await rig.get(`${OWN}/never`);
    expect([late.status, late.body.error.code]).toEqual([504, 'SERVER_TIMEOUT']);
    await expect(rig.get(`${OWN}/broken`)).rejects.toThrow(/aborted|hang up/);
    expect((await rig.get(`${OWN}/`)).status).toBe(418);
    expect(status().instances).toHaveLength(1);
  });

  it.each([
    ['does not compile', 'serve({', 'SyntaxError'],
    ['throws', 'throw new TypeError("at once")', 'at once'],
    ['does not serve', 'console.log("bye")', 'did not call serve'],
  ])('whose script %s says so', async (_what, source, message) => {
    rig.publish(script(source));
    for (let asked = 0; asked < 3; asked++) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      const { status: code, body } = await rig.get(`${OWN}/`);
      expect([code, body.error.code]).toEqual([502, 'SERVER_FAILED']);
      expect(body.error.message).toContain(message);
    }
    // The third was not even tried: each try costs a runner an isolate.
    const starts = status().logs.filter(({ system, level }) => system && level === 'error');
    expect(starts.filter(({ instance }) => instance > 0).length).toBeLessThanOrEqual(3);
    rig.publish(script('serve({ fetch: () => new Response("mended") })'));
    expect((await rig.get(`${OWN}/`)).text).toBe('mended');
  });

  it('has another instance when one has all that it may answer, and no more than it may have', async () => {
    const named = 'const NAME = "held";';
    const server = { concurrency: 1, maxInstances: 2 };
    rig.publish(script(named + HELD, { ...PATIENT, server, uid: 'scaled' }));
    const asked = Array.from({ length: 3 }, () => rig.get(`${OWN}/hold`));
    await vi.waitUntil(() => lines().length === 2 && status().waiting === 1);
    expect(status().instances.map(({ inFlight }) => inFlight)).toEqual([1, 1]);
    rig.publish(
      script(named + HELD, {
        ...PATIENT,
        server: { concurrency: 3, maxInstances: 2 },
        uid: 'scaled',
      }),
    );
    await Promise.all([rig.get(`${OWN}/open`), rig.get(`${OWN}/open`)]);
    await Promise.race(asked);
    await vi.waitUntil(async () => {
      await rig.get(`${OWN}/open`);
      return status().instances.every(({ inFlight }) => inFlight === 0);
    });
    const answers = await Promise.all(asked);
    expect(answers.map(({ text }) => text)).toEqual(['held', 'held', 'held']);
    expect(status().instances).toHaveLength(2);
  });

  it('is replaced without dropping a request', async () => {
    rig.publish(script(`const NAME = 'one';${HELD}`, PATIENT));
    const held = rig.get(`${OWN}/hold`);
    await vi.waitUntil(() => lines().includes('holding'));
    const [first] = status().instances;
    rig.publish(
      script('serve({ fetch: () => new Response("two") })', { ...PATIENT, generation: 2 }),
    );
    await vi.waitUntil(() =>
      status().instances.some(({ current, state }) => current && state === 'ready'),
    );
    expect((await rig.get(`${OWN}/`)).text).toBe('two');
    expect(status().instances.find(({ id }) => id === first!.id)).toMatchObject({
      ...{ state: 'leaving', current: false, inFlight: 1 },
    });
    rig.publish(script(`const NAME = 'one';${HELD}`, { ...PATIENT, server: { suspended: true } }));
    expect((await rig.get(`${OWN}/`)).status).toBe(503);
    // Nobody opens the gate any more: its client goes.
    void held.catch(() => {});
    rig.publish();
    expect((await rig.get(`${OWN}/`)).status).toBe(404);
  });

  it('is let go when nobody asked for long enough, but for those that are to be kept', async () => {
    const code = 'serve({ fetch: () => new Response("here") })';
    rig.publish(script(code, { server: { idleMs: 100 }, uid: 'idle' }));
    await rig.get(`${OWN}/`);
    await vi.waitUntil(() => status().instances.length === 0, { timeout: 10_000 });
    expect((await rig.get(`${OWN}/`)).text).toBe('here');
    rig.publish(
      script(code, { server: { idleMs: 100, minInstances: 1 }, uid: 'idle', name: 'kept' }),
    );
    await vi.waitUntil(() => rig.status('kept').instances[0]?.state === 'ready', {
      timeout: 10_000,
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(rig.status('kept').instances).toHaveLength(1);
  });

  it('that takes more than it may is ended, and the next request finds another', async () => {
    rig.publish(
      script(
        `serve({ fetch(request) {
          if (request.url.endsWith('/loop')) for (;;);
          const kept = [];
          if (request.url.endsWith('/heap')) for (;;) kept.push(new Array(1e6).fill(kept));
          return new Response('well');
        } })`,
        { limits: { cpuTimeMs: 3_000, wallTimeMs: 20_000, memoryBytes: 32 * 2 ** 20 } },
      ),
    );
    for (const [path, reason] of [
      ['loop', 'CpuTime'],
      ['heap', 'Memory'],
    ]) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      const { status: code, body } = await rig.get(`${OWN}/${path}`);
      expect([code, body.error.code]).toEqual([502, 'SERVER_FAILED']);
      expect(body.error.message).toContain(reason);
      // eslint-disable-next-line no-await-in-loop
      await vi.waitUntil(async () => (await rig.get(`${OWN}/`)).text === 'well', {
        timeout: 10_000,
      });
    }
  });

  it('hears that its client has gone', async () => {
    rig.publish(
      script(
        `serve({ fetch: (request) => new Promise((resolve) => {
          console.log('asked');
          request.signal.addEventListener('abort', () => console.log('gone'));
        }) })`,
        PATIENT,
      ),
    );
    const leaving = new AbortController();
    const asked = fetch(`${rig.url}${OWN}/`, { signal: leaving.signal }).catch(() => {});
    await vi.waitUntil(() => lines().includes('asked'));
    leaving.abort();
    await asked;
    await vi.waitUntil(() => status().instances[0]!.inFlight === 0);
    await vi.waitUntil(() => lines().length === 2);
    expect(lines()).toEqual(['asked', 'gone']);
  });

  it('reaches the hosts that it names, and no other, within its budget', async () => {
    const target = createServer((_request, answer) => answer.end('from outside'));
    target.listen(0, '127.0.0.1');
    await once(target, 'listening');
    const { port } = target.address() as AddressInfo;
    const code = `serve({ async fetch(request) {
      const to = new URL(request.url).searchParams.get('to');
      const times = Number(new URL(request.url).searchParams.get('times') ?? 1);
      try {
        for (let n = 1; n < times; n++) await (await fetch(to)).text();
        return new Response(await (await fetch(to)).text());
      } catch (error) { return new Response(String(error), { status: 500 }); }
    } })`;
    const net = [{ host: '127.0.0.1', ports: [port] }];
    const to = (url: string, times = 1) =>
      rig.get(`${OWN}/?times=${times}&to=${encodeURIComponent(url)}`);
    rig.publish(script(code, { net, maxRequests: 2, uid: 'net' }));
    const url = `http://127.0.0.1:${port}/`;
    expect((await to(url)).text).toBe('from outside');
    expect((await to('http://127.0.0.1:1/')).status).toBe(500);
    expect((await to(url, 3)).text).toMatch(/budget/);
    // Of each request, and not of the instance.
    expect((await to(url, 2)).text).toBe('from outside');
    rig.publish(script(code, { uid: 'net' }));
    await vi.waitUntil(async () => (await to(`http://127.0.0.1:${port}/`)).status === 500);
    target.close();
  });
});

describe('what a server does outside', () => {
  it('for a request or a connection has that one’s budget, and all else the instance’s own', async () => {
    const target = createServer((_request, answer) => answer.end('ok'));
    target.listen(0, '127.0.0.1');
    await once(target, 'listening');
    const { port } = target.address() as AddressInfo;
    const code = `
      const outside = new AsyncContext.Snapshot();
      const go = () => fetch('http://127.0.0.1:${port}/').then((r) => r.text(), (e) => String(e));
      const thrice = async () => {
        const said = [];
        for (let n = 0; n < 3; n++) said.push((await go()) === 'ok' ? 1 : 0);
        return said.join('');
      };
      serve({
        async fetch(request, server) {
          if (request.headers.get('upgrade')) return void server.upgrade(request);
          return new Response((await thrice()) + ' ' + (await outside.run(go)));
        },
        websocket: { async message(ws) { await null; ws.send(await thrice()); } },
      })`;
    const net = [{ host: '127.0.0.1', ports: [port] }];
    rig.publish(script(code, { net, maxRequests: 2, ...PATIENT }));
    expect((await rig.get(`${OWN}/`)).text).toBe('110 ok');
    for (let n = 0; n < 2; n++) {
      const client = new WebSocket(`${rig.url.replace('http', 'ws')}${OWN}/`);
      await once(client, 'open');
      client.send('go');
      const [said] = (await once(client, 'message')) as [MessageEvent];
      expect(said.data).toBe('110');
      client.close();
      await once(client, 'close');
    }
    target.close();
  });
});

describe('a server whose runner is lost', () => {
  it('is asked again where the request can be sent again, and fails where it cannot', async () => {
    rig.publish(script(`const NAME = 'back';${HELD}`, { ...PATIENT, uid: 'lost' }));
    const get = rig.get(`${OWN}/hold`);
    const post = rig.post(`${OWN}/hold`, { once: 1 });
    await vi.waitUntil(() => lines().length === 2);
    for (const runner of rig.runners) runner.kill('SIGKILL');
    const lost = await post;
    expect([lost.status, lost.body.error.code]).toEqual([502, 'SERVER_FAILED']);
    await vi.waitUntil(() => lines().length === 3, { timeout: 20_000 });
    await rig.get(`${OWN}/open`);
    expect((await get).text).toBe('back');
  });
});
