import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createModuleResolver, type CreateAppServerOptions } from '../src/index.ts';
import { descendantsOf, ownDaemon, until } from './harness.ts';
import { handler, serversOn, url } from './server-harness.ts';

const { openHost, daemonPids, socketPath, folder } = ownDaemon();
const serving = serversOn(openHost);
const INDEX = new URL('../src/index.ts', import.meta.url).href;

describe('an app server', () => {
  it('answers requests with real responses', async () => {
    const { get, host, server } = await serving(
      handler(`if (pathname === '/empty') return new Response(null, { status: 204 });
        return new Response(request.method + ' ' + await request.text(), { status: 203, headers: { 'x-from': request.headers.get('x-to') ?? '' } });`),
    );
    const answered = await get('/', { method: 'POST', body: 'hé', headers: { 'x-to': 'b' } });
    expect([answered.status, answered.headers.get('x-from'), await answered.text()]).toEqual([
      203,
      'b',
      'POST hé',
    ]);
    const empty = await get('/empty');
    expect([empty.status, empty.body]).toEqual([204, null]);
    expect(await host.diagnostics()).toMatchObject({ runtimes: 0, servers: 1 });
    expect(await server.diagnostics()).toMatchObject({
      key: 'one',
      lifecycleState: 'active',
      reloads: 0,
    });
  });

  it('streams both ways as the other end takes it', async () => {
    const { get } = await serving(
      handler(
        'return new Response(request.body.pipeThrough(new TransformStream({ transform: (piece, c) => c.enqueue(piece) })))',
      ),
    );
    let sent = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (sent >= 8_000_000) return controller.close();
          sent += 100_000;
          controller.enqueue(new Uint8Array(100_000).fill(sent / 100_000));
        },
      },
      { highWaterMark: 0 },
    );
    const response = await get('/', { method: 'POST', body, duplex: 'half' } as RequestInit);
    const reader = response.body!.getReader();
    let bytes = (await reader.read()).value!.byteLength;
    // What is on its way is bounded, whoever waits: windows of 256 KiB on each hop.
    expect(sent).toBeLessThan(4_000_000);
    for (let step = await reader.read(); !step.done; step = await reader.read())
      bytes += step.value.byteLength;
    expect(bytes).toBe(8_000_000);
  });

  it('rejects with what the handler threw', async () => {
    const { get, server } = await serving(handler("throw new RangeError('no: such')"));
    await expect(get()).rejects.toMatchObject({
      name: 'RangeError',
      message: 'no: such',
      code: 'EXCEPTION',
    });
    expect(await server.diagnostics()).toMatchObject({ lastError: { name: 'RangeError' } });
  });

  it('fails the body of a response that breaks off', async () => {
    const { get } = await serving(
      handler(`let n = 0; return new Response(new ReadableStream({ async pull(c) {
        if (n++ === 0) return c.enqueue(new Uint8Array(3)); await new Promise((f) => setTimeout(f, 5)); throw new Error('broke') } }))`),
    );
    await expect((await get()).text()).rejects.toMatchObject({
      message: 'broke',
      code: 'EXCEPTION',
    });
  });

  it('fails a request whose own body breaks off, and tells the guest', async () => {
    const reading = Promise.withResolvers<void>();
    const { get } = await serving(
      `let ended; serve({ async fetch(request) {
        if (request.method === 'GET') return Response.json(ended ?? null);
        const text = request.text(); await begun();
        try { await text } catch (error) { ended = error.name }
        return new Response('') } })`,
      { bindings: { tools: { begun: () => reading.resolve() } } },
    );
    const breaking = (when: Promise<void>) =>
      new ReadableStream({
        async pull(controller) {
          await when;
          controller.error(new Error('mine'));
        },
      });
    const send = (body: ReadableStream) =>
      get('/', { method: 'POST', body, duplex: 'half' } as RequestInit);
    const broken = { code: 'CANCELLED', cause: { message: 'mine' } };
    await expect(send(breaking(reading.promise))).rejects.toMatchObject(broken);
    await until(async () => (await (await get()).json()) === 'AbortError');
    await expect(send(breaking(Promise.resolve()))).rejects.toMatchObject(broken);
  });
});

describe('a server that fails', () => {
  it.each<[string, string, object]>([
    ['throws', 'throw new TypeError("at once")', { name: 'TypeError', code: 'EXCEPTION' }],
    ['does not compile', 'serve({', { code: 'COMPILE_ERROR' }],
    [
      'serves nothing',
      'export default 1',
      { code: 'INVALID_INPUT', message: "the entry '/server.ts' did not call serve" },
    ],
    ['gives no handler', 'serve({})', { name: 'TypeError' }],
    [
      'never comes to an end',
      'serve({ fetch() {} }); await new Promise(() => {})',
      { code: 'WALL_TIME_EXCEEDED' },
    ],
  ])('is not there when its entry %s', async (_, code, error) => {
    const host = await openHost();
    const modules = createModuleResolver().virtual('/server.ts', code);
    const options = {
      key: 'k',
      entry: '/server.ts',
      bindings: { modules },
      ...(code.includes('await') && { executionTimeout: 500 }),
    };
    await expect(host.createAppServer(options)).rejects.toMatchObject(error);
    expect(await host.diagnostics()).toMatchObject({ servers: 0, runtimes: 0 });
    const good = modules.virtual('/good.ts', 'serve({ fetch() { return new Response("") } })');
    await (
      await host.createAppServer({ ...options, entry: '/good.ts', bindings: { modules: good } })
    ).dispose();
  });

  it('says why it is over, and is brought back by a reload', async () => {
    const { get, server } = await serving(
      handler(
        "if (pathname === '/loop') for (;;); if (pathname === '/hang') await new Promise(() => {}); return new Response('here')",
      ),
      { executionTimeout: 3_000 },
    );
    const hanging = get('/hang');
    const ended = { code: 'RUNTIME_ENDED', message: expect.stringContaining('CpuTime') as string };
    hanging.catch(() => {});
    await expect(get('/loop')).rejects.toMatchObject(ended);
    await expect(hanging).rejects.toMatchObject(ended);
    await expect(get()).rejects.toMatchObject(ended);
    expect(await server.diagnostics()).toMatchObject({
      lifecycleState: 'disposed',
      activeRequests: 0,
    });
    await server.reload();
    expect(await (await get()).text()).toBe('here');
  });

  it('is one of a kind: a second one of its key, and what is wrong with options, is refused', async () => {
    const { host, server } = await serving(handler("return new Response('')"));
    const modules = createModuleResolver();
    const create = (given: unknown) => host.createAppServer(given as CreateAppServerOptions);
    const wrong: [unknown, string][] = [
      [{ key: 'one', entry: '/a', bindings: { modules } }, "there is a server with key 'one'"],
      [{ entry: '/a', bindings: { modules } }, 'key is missing'],
      [{ key: 'a', bindings: { modules } }, 'entry is missing'],
      [{ key: 'a', entry: '/a' }, 'bindings.modules is missing'],
      [{ key: '', entry: '/a', bindings: { modules } }, 'key must be'],
      [{ key: 'a', entry: 7, bindings: { modules } }, 'entry must be'],
      [
        { key: 'a', entry: '/a', bindings: { modules }, webSockets: { onCommand: 1 } },
        'webSockets.onCommand must be',
      ],
      [{ key: 'a', entry: '/a', bindings: { modules }, port: 1 }, "unknown option 'port'"],
      [undefined, 'key is missing'],
    ];
    for (const [given, message] of wrong) {
      await expect(create(given)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(message) as string,
      });
    }
    const request = new Request(url('/'));
    const used = new Request(url('/'), { method: 'POST', body: 'a' });
    await used.text();
    const refused: [unknown, unknown, string][] = [
      ['http://a/', {}, 'request must be a Request'],
      [null, {}, 'request must be a Request'],
      [used, {}, 'is used already'],
      [new Request('data:,a'), {}, 'the URL is none of http'],
      [request, { requestId: '' }, 'requestId must be'],
      [request, { metadata: 1 }, 'metadata must be'],
      [request, { signal: {} }, 'signal must be'],
      [request, { timeout: 1 }, "unknown option 'timeout'"],
    ];
    for (const [given, options, message] of refused) {
      await expect(server.handle(given as Request, options as object)).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(message) as string,
      });
    }
  });

  it('gives up what it serves when it is disposed of, or its host is closed', async () => {
    const { get, server, host } = await serving(handler('await new Promise(() => {})'));
    const waiting = get();
    const ended = waiting.catch((error: unknown) => error);
    await until(async () => (await server.diagnostics()).activeRequests === 1);
    await Promise.all([server.dispose({ reason: 'enough' }), server.dispose()]);
    expect(await ended).toMatchObject({ code: 'RUNTIME_ENDED' });
    await expect(get()).rejects.toMatchObject({
      code: 'RUNTIME_ENDED',
      message: 'the server is over: enough',
    });
    await expect(server.reload()).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    await expect(server.ws.open('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await host.diagnostics()).toMatchObject({ servers: 0 });
    const again = await serving(handler('await new Promise(() => {})'), { key: 'two' });
    const late = again.get();
    await until(async () => (await again.server.diagnostics()).activeRequests === 1);
    const gone = late.catch((error: unknown) => error);
    await again.host.close();
    expect(await gone).toMatchObject({ code: 'RUNTIME_ENDED' });
  });
});

describe('reload', () => {
  it('gives new requests to new code, while the old answers what it was asked', async () => {
    let version = 1;
    const released = Promise.withResolvers<void>();
    const { get, server } = await serving(
      () => `serve({ async fetch(request) {
        if (new URL(request.url).pathname === '/wait') await hold();
        return new Response('version ${version}') } })`,
      { bindings: { tools: { hold: () => released.promise } } },
    );
    expect(await (await get()).text()).toBe('version 1');
    const waiting = get('/wait');
    await until(async () => (await server.diagnostics()).activeRequests === 1);
    version = 2;
    await server.reload('a new version');
    expect(await (await get()).text()).toBe('version 2');
    expect(await server.diagnostics()).toMatchObject({
      reloads: 1,
      draining: 1,
      activeRequests: 1,
    });
    released.resolve();
    expect(await (await waiting).text()).toBe('version 1');
    await until(async () => (await server.diagnostics()).draining === 0);
  });

  it('changes nothing where the entry fails', async () => {
    let code = handler("return new Response('good')");
    const { get, server } = await serving(() => code);
    code = 'throw new Error("bad")';
    await expect(server.reload()).rejects.toMatchObject({ message: 'bad' });
    expect(await (await get()).text()).toBe('good');
    expect(await server.diagnostics()).toMatchObject({ reloads: 0, draining: 0 });
  });
});

describe('a program that is killed', () => {
  it('takes its servers with it', async () => {
    const file = join(folder, 'killed.mjs');
    writeFileSync(
      file,
      `import { createIsolateHost, createModuleResolver } from ${JSON.stringify(INDEX)};
       const host = await createIsolateHost({ daemon: { socketPath: ${JSON.stringify(socketPath)} } });
       const modules = createModuleResolver().virtual('/s.ts', 'serve({ fetch: (r) => new Promise(() => {}) })');
       const server = await host.createAppServer({ key: 'k', entry: '/s.ts', bindings: { modules } });
       for (let i = 0; i < 10; i++) server.handle(new Request('http://a/'));
       console.log('serving'); await new Promise((f) => setTimeout(f, 60_000));`,
    );
    await openHost();
    const [daemon] = daemonPids() as [number];
    const before = new Set(descendantsOf(daemon));
    const program = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(program.stdout, 'data');
    const own = descendantsOf(daemon).filter((pid) => !before.has(pid));
    expect(own.length).toBeGreaterThan(0);
    program.kill('SIGKILL');
    await until(() => descendantsOf(daemon).filter((pid) => own.includes(pid)).length <= 1);
  });
});
