import { expect, it } from 'vitest';
import { createModuleResolver } from '../src/index.ts';
import { ownDaemon, runtimesOn, until } from './harness.ts';

const { openHost } = ownDaemon();
const open = runtimesOn(openHost);

it('a signal that a guest made aborts a child of its own, and ends it', async () => {
  const { runtime } = await open();
  const result = await runtime.eval(`
    import { createIsolateHost } from "@ricsam/isolate";
    const nestedHost = createIsolateHost();
    const child = await nestedHost.createRuntime();
    const controller = new AbortController();
    const running = child.eval("await new Promise(() => {})", { signal: controller.signal });
    setTimeout(() => controller.abort(), 10);
    let caught;
    try {
      await running;
    } catch (error) {
      caught = [error.name, error instanceof DOMException];
    }
    const busy = await nestedHost.createTestRuntime();
    const spinning = busy.run('for (;;);', { signal: AbortSignal.timeout(50) }).catch(({ name }) => name);
    export default [caught, await child.eval('1').catch(({ code }) => code), await spinning,
      (await nestedHost.diagnostics()).runtimes];
  `);
  expect(result).toEqual([['AbortError', true], 'RUNTIME_ENDED', 'AbortError', 0]);
});

it('a signal that is aborted before starts nothing, and ends nothing', async () => {
  const { runtime } = await open();
  const result = await runtime.eval(`
    import { createIsolateHost } from 'cofferdam';
    const child = await createIsolateHost().createRuntime();
    const signal = AbortSignal.abort();
    const name = await child.eval('globalThis.ran = true', { signal }).catch(({ name }) => name);
    export default [name, await child.eval('export default typeof ran')]`);
  expect(result).toEqual(['AbortError', 'undefined']);
});

it('a request that is given up takes the one that its handler forwards with it, and no server', async () => {
  const host = await openHost();
  const seen: string[] = [];
  const inner = `
    serve({ async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === '/fine') return new Response('fine');
      request.signal.addEventListener('abort', () => void saw('inner ' + request.signal.reason.name));
      await saw('inner begun');
      if (pathname === '/stream') return new Response(new ReadableStream({
        start(controller) { controller.enqueue(new TextEncoder().encode('first')); },
        cancel() { void saw('stream cancelled'); },
      }));
      await new Promise(() => {});
    } });`;
  const outer = `
    import { createIsolateHost, createModuleResolver } from 'cofferdam';
    const modules = createModuleResolver().virtual('/inner.js', ${JSON.stringify(inner)});
    const nested = await createIsolateHost().createAppServer({
      key: 'inner', entry: '/inner.js', bindings: { modules, tools: { saw: (what) => saw(what) } },
    });
    serve({ async fetch(request) {
      const { response } = await nested.handle(new Request(request.url), { signal: request.signal });
      return response;
    } });`;
  const server = await host.createAppServer({
    key: 'outer',
    entry: '/outer.js',
    bindings: {
      modules: createModuleResolver().virtual('/outer.js', outer),
      tools: { saw: (what: string) => void seen.push(what) },
    },
  });
  const ask = async (path: string, signal?: AbortSignal) => {
    const options = signal ? { signal } : {};
    const result = await server.handle(new Request(`http://a.test${path}`), options);
    return result.type === 'response' ? result.response : undefined;
  };
  const abort = new AbortController();
  const hanging = ask('/hang', abort.signal);
  await until(() => seen.includes('inner begun'));
  abort.abort();
  await expect(hanging).rejects.toMatchObject({ name: 'AbortError' });
  await until(() => seen.includes('inner AbortError'));
  const streamed = (await ask('/stream'))!.body!.getReader();
  expect(new TextDecoder().decode((await streamed.read()).value)).toBe('first');
  await streamed.cancel();
  await until(() => seen.includes('stream cancelled'));
  expect(await (await ask('/fine'))!.text()).toBe('fine');
  expect(await host.diagnostics()).toMatchObject({ servers: 2 });
  await server.dispose();
  await until(async () => (await host.diagnostics()).servers === 0);
});

it('a tool of a guest hears that its child has given up the call, or is over', async () => {
  const { runtime } = await open();
  const result = await runtime.eval(`
    import { createIsolateHost } from 'cofferdam';
    const reasons = [];
    let calls = Promise.withResolvers();
    const hang = (context) => new Promise((_, reject) => {
      context.signal.addEventListener('abort', () => { reasons.push(context.signal.aborted); reject(context.signal.reason); });
      calls.resolve();
    });
    const take = (signal, context) => hang(context);
    const called = async () => { await calls.promise; calls = Promise.withResolvers(); };
    const child = await createIsolateHost().createRuntime({ bindings: { tools: { hang, take, called } } });
    await child.eval(\`
      const given = new AbortController();
      const taking = take(given.signal).catch(() => {});
      await called();
      given.abort();
      await taking\`);
    const running = child.eval('await hang()').catch(({ code }) => code);
    await called();
    await child.dispose();
    const code = await running;
    while (reasons.length < 2) await new Promise((done) => setTimeout(done, 1));
    export default [code, reasons]`);
  expect(result).toEqual(['RUNTIME_ENDED', [true, true]]);
});
