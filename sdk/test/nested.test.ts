import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileBindings, type CreateRuntimeOptions } from '../src/index.ts';
import { ownDaemon, privateFolder, runtimesOn } from './harness.ts';

const { openHost } = ownDaemon();
const open = runtimesOn(openHost);

describe('a nested host', () => {
  it('runs code in a child with tools and a console of its guest', async () => {
    const { runtime, entries } = await open();
    await runtime.eval(`
      import { createIsolateHost } from "@ricsam/isolate";
      const nestedHost = createIsolateHost();
      const lines = [];
      const child = await nestedHost.createRuntime({
        bindings: {
          console: { onEntry: (entry) => lines.push(entry.stdout) },
          tools: {
            greet: async (name) => "hello " + name,
            count: async function* (to) { for (let i = 1; i <= to; i++) yield i; },
          },
        },
      });
      await child.eval('console.log(await greet("nested")); for await (const n of count(2)) console.log(n)');
      const value = await child.eval('export default { a: [1, 2] }');
      await child.dispose();
      const after = await child.eval('1').catch((error) => error.code);
      console.log(JSON.stringify([lines, value, after, await nestedHost.diagnostics()]));
      await nestedHost.close();
      `);
    expect(JSON.parse(entries[0]!.stdout)).toEqual([
      ['hello nested', '1', '2'],
      { a: [1, 2] },
      'RUNTIME_ENDED',
      { runtimes: 0, servers: 0, connected: true },
    ]);
  });

  it('is had under the policy that the host says', async () => {
    const { runtime, entries } = await open({
      bindings: { fetch: async (request) => await fetch(request) },
      nestedHost: {
        fetch: 'inherit',
        maxTotalResources: 8,
        maxRuntimes: 6,
        maxAppServers: 2,
        maxMemoryLimitMB: 128,
        maxExecutionTimeoutMs: 30_000,
        maxAppServerLifetimeMs: 10 * 60_000,
      },
    });
    await runtime.eval(`
import { createIsolateHost } from "@ricsam/isolate";
const nestedHost = createIsolateHost();
const child = await nestedHost.createRuntime({
bindings: {
console: { onEntry: (entry) => { if (entry.type === "output") console.log(entry.stdout); } },
tools: {
greet: async (name) => "hello " + name,
},
},
});
await child.eval('console.log(await greet("nested"))');
await child.dispose();
await nestedHost.close();
`);
    expect(entries.map(({ stdout }) => stdout)).toEqual(['hello nested']);
  });

  it('makes servers that answer, stream, upgrade and reload', async () => {
    const { runtime } = await open();
    const result = await runtime.eval(`
      import { createIsolateHost, createModuleResolver } from 'cofferdam';
      const host = createIsolateHost();
      const commands = [];
      let body = 'one';
      const server = await host.createAppServer({
        key: 'a server',
        entry: '/server.ts',
        webSockets: { onCommand: (command) => { commands.push(command.data ?? command.code); } },
        bindings: {
          tools: { body: (context) => body + ' ' + context.requestId + ' ' + context.metadata.who },
          modules: createModuleResolver().virtual('/server.ts', async () => \`
            serve({
              async fetch(request, server) {
                const { pathname } = new URL(request.url);
                if (pathname === '/ws') return void server.upgrade(request, { data: 'd', headers: { 'x-a': 'b' } });
                if (pathname === '/throw') throw new RangeError('thrown');
                if (pathname === '/echo') return new Response(request.body, { status: 201, headers: request.headers });
                return Response.json({ pathname, body: await body() });
              },
              websocket: { message: (ws, data) => ws.send('echo ' + data) },
            });\`),
        },
      });
      const first = await server.handle(new Request('http://localhost/hello'), { requestId: 'r1', metadata: { who: 'me' } });
      const parts = new ReadableStream({ start(c) { for (const t of ['a', 'b', 'c']) c.enqueue(new TextEncoder().encode(t)); c.close(); } });
      const big = new Uint8Array(600_000).fill(7);
      const echoed = (await server.handle(new Request('http://localhost/echo', { method: 'POST', body: parts, headers: { 'x-b': 'c' } }))).response;
      const bigBack = (await server.handle(new Request('http://localhost/echo', { method: 'POST', body: big }))).response;
      const thrown = await server.handle(new Request('http://localhost/throw')).catch(({ name, message, code }) => [name, message, code]);
      const upgraded = await server.handle(new Request('http://localhost/ws'));
      const { connectionId, headers } = upgraded.upgradeData;
      await server.ws.open(connectionId);
      await server.ws.message(connectionId, 'hi');
      while (commands.length === 0) await new Promise((done) => setTimeout(done, 5));
      await server.ws.close(connectionId, 1000, 'bye');
      await server.reload('again');
      const { key, reloads } = await server.diagnostics();
      const second = await host.createAppServer({ key: 'a server', entry: '/x' }).catch(({ code }) => code);
      const bytes = await bigBack.bytes();
      await server.dispose();
      export default [
        first.type, await first.response.json(), echoed.status, echoed.headers.get('x-b'), await echoed.text(),
        bytes.length, bytes.every((each) => each === 7), thrown, upgraded.type, headers.get('x-a'), commands,
        key, reloads, second, await server.handle(new Request('http://localhost/')).catch(({ code }) => code),
      ];`);
    expect(result).toEqual([
      ...['response', { pathname: '/hello', body: 'one r1 me' }, 201, 'c', 'abc', 600_000, true],
      ...[['RangeError', 'thrown', 'EXCEPTION'], 'websocket', 'b', ['echo hi']],
      ...['a server', 1, 'INVALID_INPUT', 'RUNTIME_ENDED'],
    ]);
  });

  it('makes test runtimes, whose events and results its guest has', async () => {
    const { runtime } = await open();
    const result = await runtime.eval(`
      import { createIsolateHost } from 'cofferdam';
      const child = await createIsolateHost().createTestRuntime({ key: 'tests' });
      const events = [];
      const unsubscribe = child.test.onEvent((event) => events.push(event.type));
      const results = await child.run(\`
        test('passes', () => expect(1).toBe(1));
        test('fails', () => expect(1).toBe(2));\`, { filename: '/a.test.ts', timeoutMs: 5_000 });
      unsubscribe();
      await child.run("test('unheard', () => {})");
      export default [results.passed, results.failed, results.success, events];`);
    expect(result).toEqual([
      ...[1, 1, false],
      ['runStart', 'testStart', 'testEnd', 'testStart', 'testEnd', 'runEnd'],
    ]);
  });

  it('makes sessions of its own, which live from handle to handle and end with it', async () => {
    const { host, runtime } = await open();
    const key = 'a shared key';
    const outer = await host.getNamespacedRuntime(key);
    await outer.eval('globalThis.whose = "the host"');
    const code = `
      import { createIsolateHost } from 'cofferdam';
      const host = createIsolateHost();
      const first = await host.getNamespacedRuntime('${key}', { bindings: { tools: { which: () => 1 } } });
      await first.eval('globalThis.n = 1; globalThis.seen = await which()');
      const inUse = await host.getNamespacedRuntime('${key}').catch(({ code }) => code);
      await first.dispose();
      const { runtimes } = await host.diagnostics();
      const again = await host.getNamespacedRuntime('${key}', { bindings: { tools: { which: () => 2 } } });
      const state = await again.eval('export default [globalThis.whose, n, seen, await which()]');
      const results = await again.runTests("test('n', () => expect(n).toBe(1))");
      await host.disposeNamespace('${key}');
      const anew = await host.getNamespacedRuntime('${key}');
      export default [first.created, first.key, inUse, runtimes, again.created, state, results.success,
        anew.created, await anew.eval('export default typeof n')];`;
    expect(await runtime.eval(code)).toEqual([
      ...[true, key, 'SESSION_IN_USE', 0, false, [null, 1, 1, 2], true, true, 'undefined'],
    ]);
    expect(await outer.eval('export default whose')).toBe('the host');
    await host.disposeNamespace(key);
  });

  it("gives a child files of its guest, or a part of the guest's own", async () => {
    const folder = privateFolder();
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    writeFileSync(join(folder, 'sub/a.txt'), 'a');
    const files = createFileBindings({ root: folder, allowWrite: true });
    const { runtime } = await open({ bindings: { files } });
    const result = await runtime.eval(`
      import { createFileBindings, createIsolateHost } from 'cofferdam';
      const host = createIsolateHost();
      const code = \`
        import { readFile, writeFile, readdir } from 'node:fs/promises';
        const name = (error) => error.name + ':' + error.code;
        export default [
          await readFile('/a.txt', 'utf8'), (await readdir('/')).sort(),
          await readFile('/../secret.txt', 'utf8').catch(() => 'refused'),
          await readFile('/secret.txt', 'utf8').catch(() => 'none'),
          await writeFile('/b.txt', 'b').then(() => 'written', () => 'refused'),
        ]\`;
      const run = async (files) => {
        const child = await host.createRuntime({ bindings: { files } });
        const value = await child.eval(code);
        await child.dispose();
        return value;
      };
      const reading = await run(createFileBindings({ root: '/sub' }));
      const writing = await run(createFileBindings({ root: 'sub/', allowWrite: true }));
      const escape = await host.createRuntime({ bindings: { files: createFileBindings({ root: '/sub/../..' }) } })
        .catch(({ name }) => name);
      const own = await run({
        readFile: async (path) => new TextEncoder().encode('own ' + path).buffer,
        readdir: async () => ['x'],
      });
      export default [reading, writing, escape, own];`);
    const [reading, writing, escape, own] = result as unknown[][];
    expect(reading).toEqual(['a', ['a.txt'], 'refused', 'none', 'refused']);
    expect(writing).toEqual(['a', ['a.txt'], 'refused', 'none', 'written']);
    expect(readFileSync(join(folder, 'sub/b.txt'), 'utf8')).toBe('b');
    expect(escape).toBe('NotAllowedError');
    expect(own!.slice(0, 2)).toEqual(['own /a.txt', ['x']]);
  });

  it('resolves modules as its guest says: virtual, in source trees, by a fallback', async () => {
    const { runtime } = await open();
    const result = await runtime.eval(`
      import { createIsolateHost, createModuleResolver } from 'cofferdam';
      const asked = [];
      const modules = createModuleResolver()
        .virtual('@/env', 'export const mode: string = "sandbox";', { filename: 'env.ts', resolveDir: '/app' })
        .sourceTree('/src/', async (path, context) => {
          asked.push(path, typeof context.signal.aborted);
          return path === 'a.ts' ? 'export { b as a } from "./b.ts"' : path === 'b.ts' ? 'export const b = 2' : null;
        })
        .fallback(async (specifier, importer) => specifier === 'far' ? 'export default "far from " + ' + JSON.stringify(importer.path) : null);
      const host = createIsolateHost();
      const child = await host.createRuntime({ bindings: { modules } });
      const code = 'import { mode } from "@/env"; import { a } from "/src/a"; import far from "far"; export default [mode, a, far]';
      const value = await child.eval(code, '/app/entry.ts');
      const missing = await child.eval('import "nowhere"').catch(({ message }) => message);
      const bare = await host.createRuntime();
      const none = await bare.eval('import "far"').catch(({ message }) => message);
      export default [value, asked.includes('boolean'), missing, none];`);
    expect(result).toEqual([
      ['sandbox', 2, 'far from /app/entry.ts'],
      true,
      expect.stringContaining("Cannot find module 'nowhere'") as string,
      expect.stringContaining('the host gave no modules') as string,
    ]);
  });

  it("answers a child's fetch itself, or has it inherit the host's where the policy says so", async () => {
    const fetched: string[] = [];
    const bindings: CreateRuntimeOptions['bindings'] = {
      fetch: (request) => {
        fetched.push(request.url);
        return new Response('outside');
      },
    };
    const code = `
      import { createIsolateHost } from 'cofferdam';
      const host = createIsolateHost();
      const get = 'export default await (await fetch("http://a.test/x", { method: "POST", body: "sent" })).text()';
      const plain = await host.createRuntime();
      const own = await host.createRuntime({ bindings: {
        fetch: async (request, { signal }) => {
          const body = await request.text();
          return new Response(new ReadableStream({ start(c) {
            c.enqueue(new TextEncoder().encode(request.method + ' ' + new URL(request.url).pathname + ' '));
            c.enqueue(new TextEncoder().encode(body)); c.close();
          } }), { status: 203, headers: { 'x-y': 'z' } });
        } } });
      const bad = await host.createRuntime({ bindings: { fetch: () => 'no response' } });
      export default [
        await plain.eval(get).catch(({ name }) => name), await own.eval(get),
        await own.eval('const r = await fetch("http://a.test/x"); export default [r.status, r.headers.get("x-y")]'),
        await bad.eval(get).catch(({ name }) => name),
      ];`;
    const own = ['POST /x sent', [203, 'z'], 'TypeError'];
    const disabled = await open({ bindings });
    expect(await disabled.runtime.eval(code)).toEqual(['TypeError', ...own]);
    expect(fetched).toEqual([]);
    const inheriting = await open({ bindings, nestedHost: { fetch: 'inherit' } });
    expect(await inheriting.runtime.eval(code)).toEqual(['outside', ...own]);
    expect(fetched).toEqual(['http://a.test/x']);
  });

  it('is a host whose children end when it is closed', async () => {
    const { runtime } = await open();
    const result = await runtime.eval(`
      import { createIsolateHost } from 'cofferdam';
      const [one, other] = [createIsolateHost(), createIsolateHost()];
      const child = await one.createRuntime();
      const kept = await other.createRuntime();
      const running = child.eval('await new Promise(() => {})').catch(({ code }) => code);
      const opening = one.createRuntime().then(() => 'opened', ({ code }) => code);
      await one.close();
      export default [await running, await opening, await one.createRuntime().catch(({ message }) => message),
        await kept.eval('export default 1'), await other.diagnostics()];`);
    expect(result).toEqual([
      ...['RUNTIME_ENDED', 'RUNTIME_ENDED', 'the host is closed', 1],
      { runtimes: 1, servers: 0, connected: true },
    ]);
  });

  it('cannot be imported where it is switched off', async () => {
    const { runtime } = await open({ nestedHost: false });
    await expect(runtime.eval(`import 'cofferdam'`)).rejects.toThrow(
      "Cannot import 'cofferdam': this guest may have no nested hosts",
    );
    await expect(runtime.eval(`await import('@ricsam/isolate')`)).rejects.toThrow(
      'no nested hosts',
    );
  });
});
