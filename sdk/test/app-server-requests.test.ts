import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { HostCallContext } from '../src/index.ts';
import { ownDaemon, until } from './harness.ts';
import { handler, serversOn } from './server-harness.ts';

const serving = serversOn(ownDaemon().openHost);

describe('the scope of a request', () => {
  it('goes along with every call of a binding, and with nothing else', async () => {
    const seen: [string, string | undefined, unknown][] = [];
    const note = (what: string, { requestId, metadata }: HostCallContext) =>
      void seen.push([what, requestId, metadata.user]);
    const { get } = await serving(
      handler(`
        const wait = () => new Promise((next) => setTimeout(next, 1));
        if (pathname === '/late') { gate.promise.then(() => tool('late')); return new Response('') }
        if (pathname === '/open') { gate.resolve(); return new Response('') }
        await wait(); await tool('tool');
        await Promise.all([fetch('http://outside/'), (async () => { await null; await tool('deep') })()]);
        const root = await getDirectory('/'); const file = await root.getFileHandle('a.txt'); await (await file.getFile()).text();
        console.log('line'); for await (const _ of [1]) await tool('loop');
        return new Response('');`) + "\nconst gate = Promise.withResolvers(); await tool('entry')",
      {
        bindings: {
          console: { onEntry: (_, context) => note('console', context) },
          fetch: (_, context) => (note('fetch', context), new Response('')),
          files: {
            readFile: async (_, context) => (
              note('file', context),
              new TextEncoder().encode('a').buffer
            ),
            stat: async (path, context) => (
              note('stat', context),
              { isFile: path !== '/', isDirectory: path === '/', size: 1 }
            ),
          },
          tools: { tool: (what: string, context: HostCallContext) => note(what, context) },
        },
      },
    );
    expect(seen.splice(0)).toEqual([['entry', undefined, undefined]]);
    await Promise.all(
      ['a', 'b'].map((requestId) =>
        get('/', {}, { requestId, metadata: { user: requestId.toUpperCase() } }),
      ),
    );
    expect(new Set(seen.map(([what]) => what))).toEqual(
      new Set(['tool', 'fetch', 'deep', 'file', 'stat', 'console', 'loop']),
    );
    expect(
      seen.every(
        ([, requestId, user]) => requestId !== undefined && user === requestId.toUpperCase(),
      ),
    ).toBe(true);
    expect(seen.filter(([, requestId]) => requestId === 'a')).toHaveLength(seen.length / 2);
    seen.length = 0;
    // Of a request that is over nothing is known any more.
    await (await get('/late', {}, { requestId: 'c', metadata: { user: 'C' } })).text();
    await get('/open', {}, { requestId: 'd', metadata: { user: 'D' } });
    await until(() => seen.length > 0);
    expect(seen).toEqual([['late', undefined, undefined]]);
  });

  it('is aborted with the request, and so is what the guest called for it', async () => {
    const contexts: HostCallContext[] = [];
    const hang = (context: HostCallContext) => {
      contexts.push(context);
      return once(context.signal, 'abort');
    };
    const { get, server } = await serving(
      `let aborted = [];
      serve({ async fetch(request) {
        if (request.method === 'GET') return Response.json(aborted);
        request.signal.addEventListener('abort', () => aborted.push(request.signal.reason.name));
        await hang();
      } })`,
      { bindings: { tools: { hang } } },
    );
    const one = new AbortController();
    const two = new AbortController();
    const first = get('/', { method: 'PUT' }, { signal: one.signal });
    const second = get('/', { method: 'PUT', signal: two.signal });
    await until(() => contexts.length === 2);
    one.abort(new Error('mine'));
    await expect(first).rejects.toMatchObject({ name: 'AbortError', cause: { message: 'mine' } });
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    two.abort();
    await expect(second).rejects.toMatchObject({ name: 'AbortError' });
    await until(async () => (await (await get()).text()) === '["AbortError","AbortError"]');
    expect(await server.diagnostics()).toMatchObject({ activeRequests: 0, pendingTools: 0 });
  });

  it('starts nothing where it was aborted before', async () => {
    const { server, get } = await serving(
      `let asked = 0; serve({ fetch() { return new Response(String(++asked)) } })`,
    );
    const signal = AbortSignal.abort();
    await expect(get('/', {}, { signal })).rejects.toMatchObject({ name: 'AbortError' });
    await expect(get('/', { signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(await (await get()).text()).toBe('1');
    expect((await server.diagnostics()).guestEvals).toBe(1);
  });

  it('ends the stream of a body that is cancelled, aborted or thrown away', async () => {
    const { get } = await serving(`let ends = 0;
      serve({ fetch(request) {
        if (new URL(request.url).pathname === '/ends') return new Response(String(ends));
        return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(9)) }, cancel() { ends++ } }));
      } })`);
    const ends = async (count: number) =>
      await until(async () => (await (await get('/ends')).text()) === String(count));
    await (await get()).body!.cancel();
    await ends(1);
    const over = new AbortController();
    const reader = (await get('/', {}, { signal: over.signal })).body!.getReader();
    await reader.read();
    over.abort();
    const rest = async () => {
      for (;;) if ((await reader.read()).done) return;
    };
    await expect(rest()).rejects.toMatchObject({ name: 'AbortError' });
    await ends(2);
  });
});
