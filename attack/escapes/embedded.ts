import type { Attempt } from './attempt.ts';
import { crossed } from './shims.ts';

/** How a guest of an embedder is there: as a runtime, a session, one that runs tests or one that serves. */
const KINDS = ['runtime', 'session', 'tests', 'server'] as const;
export type Kind = (typeof KINDS)[number];

export interface EmbeddedAttempt extends Attempt {
  kind: Kind;
}

/** What only guests of embedders have: bindings, modules, features. Guest text as of `Surface`. */
const SURFACES: Record<Kind, Record<string, string>> = {
  runtime: {
    'a tool': `return [await tool(value, callback), await tool({ value, all: [value] })]`,
    'a tool that streams': `const all = []; for await (const one of count(value)) all.push(one, callback(one)); return all`,
    'a tool that takes functions': `return [await calls(callback, value), await calls(() => value)]`,
    'a fetch binding': `const answer = await fetch('http://a.test/', { method: 'POST', headers: { a: 'b' }, body: value, signal: value }); return [answer, await answer.text()]`,
    'a files binding': `const root = await getDirectory('/'); const file = await root.getFileHandle(value, { create: true }); return [root, file, await file.createWritable(value)]`,
    'node:fs/promises': `const fs = await import('node:fs/promises'); return [fs, await fs.readFile(value, value), await fs.writeFile('/x', value), await fs.readdir('CANARY_FILE')]`,
    'node:async_hooks': `const hooks = await import('node:async_hooks'); const store = new hooks.AsyncLocalStorage(value); const hook = hooks.createHook({ init: callback, before: callback, after: callback, destroy: callback }); hook.enable(); try { return [hooks, store.run(value, callback, value), await store.run(value, async () => { await null; return store.getStore() }), hooks.executionAsyncResource(), new hooks.AsyncResource(value, value).runInAsyncScope(callback, value)] } finally { hook.disable() }`,
    AsyncContext: `const one = new AsyncContext.Variable(value); return [one.run(value, callback, value), one.get(), new AsyncContext.Snapshot().run(callback), AsyncContext.Snapshot.wrap(callback)(value)]`,
    'a dynamic import': `return [await import('./module.js'), await import(value)]`,
    'require of CommonJS': `const { default: made } = await import('./common.cjs'); return [made, made.require('./module.js'), made.require(value)]`,
    'a nested host': `const { createIsolateHost, createModuleResolver } = await import('cofferdam'); const host = createIsolateHost(value); const resolver = createModuleResolver().virtual('/a.js', 'export default 1'); try { return [host, resolver, await host.createRuntime({ bindings: { tools: { callback }, modules: resolver, console: { onEntry: callback } } }).then((one) => one.eval('export default await callback(1)')), await host.createRuntime(value)] } finally { await host.close() }`,
    'a browser': `return [browser, await browser.newContext(value)]`,
  },
  session: {
    'a tool of a session': `return [await tool(value, callback), await calls(callback, value)]`,
    'a fetch binding of a session': `return await (await fetch(value, value)).text()`,
  },
  tests: {
    expect: `expect.extend({ toOdd: callback }); expect.addSnapshotSerializer?.(value); expect(value).toEqual(value); expect(value).not.toMatchObject({ a: callback }); return [expect(value), expect(1).toOdd(value)]`,
    'expect of errors': `expect(callback).toThrow(value); await expect(Promise.reject(value)).rejects.toEqual(value); return expect.poll(callback, value)`,
    'hooks and tests': `beforeEach(callback, value); afterAll(value); describe(value, callback); return test.each(value)(value, callback, value)`,
  },
  server: {
    serve: `return serve({ fetch: callback, websocket: value })`,
    'the request of a handler': `return [request.headers, request.signal, await request.text(), new Request(request, value), server, server?.upgrade?.(request, value)]`,
    'an answer of a handler': `const response = new Response(value, { headers: value }); return [response, server]`,
  },
};

/** Each trick on each of them. */
export const EMBEDDED_ATTEMPTS: readonly EmbeddedAttempt[] = KINDS.flatMap((kind) =>
  Object.entries(SURFACES[kind]).flatMap(([surface, use]) =>
    crossed(surface, use).map((attempt): EmbeddedAttempt => ({ ...attempt, kind })),
  ),
);
