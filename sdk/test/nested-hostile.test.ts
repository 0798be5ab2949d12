import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { IsolateHost, NestedHostPolicy } from '../src/index.ts';
import { descendantsOf, ownDaemon, runtimesOn, until } from './harness.ts';

const PROGRAM = fileURLToPath(new URL('./nested-program.ts', import.meta.url));
const { openHost, daemonPids, socketPath } = ownDaemon();
const open = runtimesOn(openHost);

const guests = () => descendantsOf(daemonPids()[0]!).length;
const descriptors = () => readdirSync(`/proc/${daemonPids()[0]}/fd`).length;

/** Evaluates `body` in a guest that has a nested host, in a child of it, and so on. */
function atDepth(depth: number, body: string, options = ''): string {
  const start = `import { createIsolateHost } from 'cofferdam'; const host = createIsolateHost();`;
  if (depth === 0) return `${start} export default await (async () => { ${body} })();`;
  const inner = JSON.stringify(atDepth(depth - 1, body, options));
  return `${start} const child = await host.createRuntime({ ${options} });
    export default await child.eval(${inner});`;
}

const COUNT = `let opened = 0; let refused;
  while (opened < 20) {
    try { await host.createRuntime(); opened++; } catch (error) { refused = error; break; }
  }
  return [opened, refused.name, refused.code, refused.message];`;

describe('the policy of nested hosts', () => {
  it('counts over the whole tree, at depth 3 as well, and what ended counts no more', async () => {
    const { runtime, host } = await open({ nestedHost: { maxTotalResources: 5 } });
    const [opened, name, code, message] = (await runtime.eval(atDepth(3, COUNT))) as unknown[];
    expect([opened, name, code]).toEqual([2, 'CofferdamError', 'QUOTA_EXCEEDED']);
    expect(message).toContain('nested hosts have 5 resources already');
    expect((await host.diagnostics()).runtimes).toBe(6);
    // The first child is still there with all that it has.
    const again = `import { createIsolateHost } from 'cofferdam';
      const other = createIsolateHost();
      const before = await other.createRuntime().catch(({ code }) => code);
      await host.close();
      const made = [];
      for (let i = 0; i < 5; i++) made.push(await other.createRuntime());
      const after = await other.createRuntime().catch(({ code }) => code);
      await made[0].dispose(); await made[0].dispose();
      await other.createRuntime();
      export default [before, after, await other.createRuntime().catch(({ code }) => code)]`;
    await runtime.eval(`import { createIsolateHost } from 'cofferdam';`);
    const { runtime: second } = await open({ nestedHost: { maxTotalResources: 5 } });
    const kept = `import { createIsolateHost } from 'cofferdam'; globalThis.host = createIsolateHost();
      for (let i = 0; i < 5; i++) await host.createRuntime();`;
    await second.eval(kept);
    expect(await second.eval(again)).toEqual(Array.from({ length: 3 }, () => 'QUOTA_EXCEEDED'));
  });

  it('counts runtimes and servers apart', async () => {
    const { runtime } = await open({ nestedHost: { maxRuntimes: 1, maxAppServers: 1 } });
    const codes = await runtime.eval(`
      import { createIsolateHost, createModuleResolver } from 'cofferdam';
      const host = createIsolateHost();
      const code = (promise) => promise.then(() => 'fine', ({ code }) => code);
      const modules = createModuleResolver().virtual('/s.js', 'serve({ fetch: () => new Response("") })');
      const serve = (key) => code(host.createAppServer({ key, entry: '/s.js', bindings: { modules } }));
      export default [await code(host.createRuntime()), await code(host.createTestRuntime()),
        await code(host.getNamespacedRuntime('k')), await serve('a'), await serve('b')]`);
    const over = 'QUOTA_EXCEEDED';
    expect(codes).toEqual(['fine', over, over, 'fine', over]);
  });

  it('lets no child ask for more than it says, nor its children', async () => {
    const nestedHost: NestedHostPolicy = { maxMemoryLimitMB: 64, maxExecutionTimeoutMs: 5_000 };
    const { runtime } = await open({ nestedHost, bindings: { fetch: () => new Response('out') } });
    const body = `
      const code = (promise) => promise.then((value) => value?.id ? 'fine' : value, ({ code, name }) => code ?? name);
      const child = await host.createRuntime({ nestedHost: { fetch: 'inherit' } });
      return [
        await code(host.createRuntime({ memoryLimitMB: 65 })), await code(host.createRuntime({ memoryLimitMB: 64 })),
        await code(host.createRuntime({ executionTimeout: 5_001 })),
        await code(child.eval('1', { executionTimeout: 5_001 })),
        await code(child.eval('1', { executionTimeout: 5_000 })),
        await code(child.eval('await fetch("http://a.test/")')),
        await code(host.createRuntime({ nestedHost: { maxRuntimes: -1 } })),
        await code(host.createRuntime({ nested: {} })), await code(host.createRuntime({ bindings: { net: 1 } })),
        await code(host.createRuntime({ memoryLimitMB: '64' })),
      ];`;
    const over = 'QUOTA_EXCEEDED';
    const wrong = 'INVALID_INPUT';
    const codes = [over, 'fine', over, over, undefined, 'EXCEPTION', wrong, wrong, wrong, wrong];
    const plain = codes.map((code) => code ?? null);
    expect(await runtime.eval(atDepth(0, body))).toEqual(plain);
    const { runtime: second } = await open({
      nestedHost,
      bindings: { fetch: () => new Response('out') },
    });
    const loose = `nestedHost: { fetch: 'inherit', maxMemoryLimitMB: 2_048, maxExecutionTimeoutMs: 600_000, maxTotalResources: 100 }`;
    expect(await second.eval(atDepth(1, body, loose))).toEqual(plain);
  });

  it('ends a server whose lifetime is over', async () => {
    const { runtime } = await open({ nestedHost: { maxAppServerLifetimeMs: 200 } });
    const ended = await runtime.eval(`
      import { createIsolateHost, createModuleResolver } from 'cofferdam';
      const host = createIsolateHost();
      const modules = createModuleResolver().virtual('/s.js', 'serve({ fetch: () => new Promise(() => {}) })');
      const server = await host.createAppServer({ key: 'k', entry: '/s.js', bindings: { modules } });
      const ask = () => server.handle(new Request('http://a.test/')).catch(({ code, message }) => [code, message]);
      export default [(await ask())[0], await ask(), (await host.diagnostics()).servers]`);
    const message = expect.stringContaining('the lifetime of a nested server is over') as string;
    expect(ended).toEqual([
      expect.stringMatching(/^(?:CANCELLED|RUNTIME_ENDED)$/),
      ['RUNTIME_ENDED', message],
      0,
    ]);
  });
});

/** A guest with a child, a test run, a server and a session that are busy, and an idle session. */
const TREE = `
  import { createIsolateHost, createModuleResolver } from 'cofferdam';
  const host = createIsolateHost();
  const forever = 'await new Promise(() => {})';
  const child = await host.createRuntime();
  const inner = "import { createIsolateHost } from 'cofferdam'; const host = createIsolateHost();" +
    'const child = await host.createRuntime(); child.eval("for (;;) await 0").catch(() => {}); await new Promise(() => {})';
  child.eval(inner).catch(() => {});
  const tests = await host.createTestRuntime();
  tests.run('test("t", () => new Promise(() => {}))').catch(() => {});
  const modules = createModuleResolver().virtual('/s.js', 'serve({ fetch: () => new Promise(() => {}) })');
  const server = await host.createAppServer({ key: 'k', entry: '/s.js', bindings: { modules } });
  server.handle(new Request('http://a.test/')).catch(() => {});
  const session = await host.getNamespacedRuntime('live');
  session.eval(forever).catch(() => {});
  const idle = await host.getNamespacedRuntime('idle');
  await idle.dispose();
  console.log('ready');`;

/** Waits until the sessions of a guest's nested host are no more. */
async function gone(runtimeId: string, host: IsolateHost): Promise<void> {
  for (const name of ['live', 'idle']) {
    const key = `nested:${runtimeId}:1:${name}`;
    // eslint-disable-next-line no-await-in-loop -- one after the other
    await until(async () => {
      const session = await host.getNamespacedRuntime(key).catch(() => undefined);
      const isNew = session?.created === true;
      // Given back as it was, for the next look at it.
      if (isNew) await host.disposeNamespace(key);
      else await session?.dispose();
      return isNew;
    });
  }
}

describe('a tree of nested hosts', () => {
  const nestedHost = { maxTotalResources: 16, maxRuntimes: 12 };

  it('is ended with its guest, however that ends', async () => {
    const host = await openHost();
    const before: number[] = [];
    const entries: string[] = [];
    const bindings = {
      console: { onEntry: (entry: { stdout: string }) => void entries.push(entry.stdout) },
    };
    const ends = {
      disposed: async () => {
        const runtime = await host.createRuntime({ nestedHost, bindings });
        await runtime.eval(TREE);
        await runtime.dispose();
      },
      aborted: async () => {
        const runtime = await host.createRuntime({ nestedHost, bindings });
        const abort = new AbortController();
        const running = runtime.eval(`${TREE} for (;;);`, { signal: abort.signal });
        await until(() => entries.length > 0);
        abort.abort();
        await expect(running).rejects.toMatchObject({ name: 'AbortError' });
      },
      'out of time': async () => {
        const runtime = await host.createRuntime({ nestedHost, bindings });
        await runtime.eval(TREE);
        const late = runtime.eval('for (;;);', { executionTimeout: 100 });
        await expect(late).rejects.toMatchObject({ code: 'WALL_TIME_EXCEEDED' });
      },
      'out of memory': async () => {
        const runtime = await host.createRuntime({ nestedHost, bindings, memoryLimitMB: 32 });
        await runtime.eval(TREE);
        const full = 'const all = []; for (;;) all.push(new Array(1_000_000).fill(1.5))';
        await expect(runtime.eval(full)).rejects.toMatchObject({ name: 'CofferdamError' });
      },
      'a session that is given back': async () => {
        const session = await host.getNamespacedRuntime('outer', { nestedHost, bindings });
        await session.eval(TREE);
        await session.dispose();
        await host.disposeNamespace('outer');
      },
      'a tests runtime': async () => {
        const runtime = await host.createTestRuntime({ nestedHost, bindings });
        await runtime.run(`${TREE} test('one', () => {});`);
        await runtime.dispose({ hard: true });
      },
    };
    for (const end of Object.values(ends)) {
      entries.length = 0;
      // eslint-disable-next-line no-await-in-loop -- what is left of each is counted
      await end();
      expect(entries).toContain('ready');
      // eslint-disable-next-line no-await-in-loop
      await until(async () => (await host.diagnostics()).runtimes === 0);
      expect((await host.diagnostics()).servers).toBe(0);
      // The compiler of the connection, a process of its runtimes, one of sessions, and a spare one.
      // eslint-disable-next-line no-await-in-loop
      await until(() => guests() <= 4);
      before.push(descriptors());
    }
    // Two may be on their way, of a process that is started ahead.
    await until(() => descriptors() <= before[0]! + 2);
  });

  it('is ended with its host, whose connection ends', async () => {
    const { runtime: other } = await open();
    await other.eval('globalThis.alive = true');
    const host = await openHost();
    const runtime = await host.createRuntime({ nestedHost });
    await runtime.eval(TREE);
    await host.close();
    await gone(runtime.id, await openHost());
    expect(await other.eval('export default alive')).toBe(true);
  });

  it('is ended with its host, whose process is killed', async () => {
    const { host } = await open();
    const child = spawn(process.execPath, [PROGRAM, socketPath, TREE], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [id] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const count = guests();
    child.kill('SIGKILL');
    await until(() => guests() < count);
    await gone(id.trim(), host);
    await expect.poll(async () => (await host.diagnostics()).runtimes, { timeout: 10_000 }).toBe(1);
  });

  it('leaves nothing of what was being opened when its guest ended', async () => {
    const { host, runtime } = await open({ nestedHost });
    await runtime.eval(`import { createIsolateHost } from 'cofferdam';
      const host = createIsolateHost();
      for (let i = 0; i < 6; i++) host.createRuntime().catch(() => {});
      for (let i = 0; i < 3; i++) host.getNamespacedRuntime('k' + i).catch(() => {});`);
    await runtime.dispose();
    await until(async () => (await host.diagnostics()).runtimes === 0);
    const { runtime: next } = await open();
    const again = `import { createIsolateHost } from 'cofferdam';
      const host = createIsolateHost();
      host.createRuntime().catch(() => {});
      for (;;) await 0;`;
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, 30);
    const running = next.eval(again).catch(({ code }: { code: string }) => code);
    await promise;
    await next.dispose();
    expect(await running).toBe('RUNTIME_ENDED');
    await until(async () => (await host.diagnostics()).runtimes === 0);
  });
});

describe('a hostile guest', () => {
  it('whose servers never come to serve, at first or in a reload, keeps nothing when it ends', async () => {
    const signs = new Map<string, number>();
    const fetch = ({ url }: Request) => {
      signs.set(url, (signs.get(url) ?? 0) + 1);
      return new Response();
    };
    const { runtime } = await open({ bindings: { fetch }, nestedHost: { fetch: 'inherit' } });
    await runtime.eval(`import { createIsolateHost, createModuleResolver } from 'cofferdam';
      const host = createIsolateHost();
      const hanging = (name) => 'setInterval(() => fetch("http://' + name + '.test/"), 5); await new Promise(() => {})';
      let source = hanging('first');
      const modules = createModuleResolver().virtual('/s.js', () => source);
      const serve = (key) => host.createAppServer({ key, entry: '/s.js', bindings: { modules } });
      serve('hangs').catch(() => {});
      await new Promise((done) => setTimeout(done, 100));
      source = 'serve({ fetch: () => new Response("") })';
      const server = await serve('reloads');
      source = hanging('reload');
      server.reload().catch(() => {});`);
    await until(() => signs.size === 2);
    await runtime.dispose();
    await until(async () => {
      const before = [...signs.values()].join();
      await sleep(100);
      return [...signs.values()].join() === before;
    });
    expect([...signs.keys()].toSorted()).toEqual(['http://first.test/', 'http://reload.test/']);
  });

  it('that floods its host with children gets as many as it may', async () => {
    const { host, runtime } = await open({ nestedHost: { maxRuntimes: 3 } });
    const counted = await runtime.eval(`import { createIsolateHost } from 'cofferdam';
      const all = await Promise.allSettled(Array.from({ length: 500 }, () => createIsolateHost().createRuntime()));
      const codes = all.map(({ reason }) => reason?.code ?? 'fine');
      export default [codes.filter((code) => code === 'fine').length, new Set(codes).size]`);
    expect(counted).toEqual([3, 2]);
    expect((await host.diagnostics()).runtimes).toBe(4);
    // One after the other, as often as it likes: nothing grows.
    await runtime.eval(`import { createIsolateHost } from 'cofferdam';
      const host = createIsolateHost();
      for (let i = 0; i < 3; i++) await host.createRuntime().then((child) => child.dispose(), () => {});`);
    await runtime.dispose();
    expect((await host.diagnostics()).runtimes).toBe(0);
  });

  it('whose tool never answers, or answers rubbish, fails its child alone', async () => {
    const { runtime } = await open();
    const results = await runtime.eval(`import { createIsolateHost } from 'cofferdam';
      const host = createIsolateHost();
      const tools = {
        hang: () => new Promise(() => {}), symbol: () => Symbol('s'), cycle: () => { const a = {}; a.a = a; return a; },
        thrown: () => { throw { toString() { throw 1 } } },
        error: () => { throw Object.assign(new RangeError('said'), { code: 'MINE' }) },
      };
      const files = { readFile: () => 'text', stat: () => null };
      const child = await host.createRuntime({ bindings: { tools, files } });
      const codes = await child.eval(\`
        import { readFile } from 'node:fs/promises';
        const code = (promise) => promise.then(() => 'fine', ({ name, code }) => code ?? name);
        export default [await code(symbol()), await code(cycle()), await code(error()), await code(readFile('/a'))]\`);
      const late = await child.eval('await hang()', { executionTimeout: 200 }).catch(({ code }) => code);
      const over = await child.eval('1').catch(({ code }) => code);
      export default [codes, late, over, (await host.diagnostics()).runtimes]`);
    expect(results).toEqual([
      ['NOT_PLAIN', 'NOT_PLAIN', 'MINE', expect.any(String)],
      'WALL_TIME_EXCEEDED',
      'RUNTIME_ENDED',
      0,
    ]);
  });

  it('that passes functions round and round has none of them left over', async () => {
    const { host, runtime } = await open();
    const rounds = await runtime.eval(`import { createIsolateHost } from 'cofferdam';
      const host = createIsolateHost();
      const kept = [];
      const keep = async (fn) => { kept.push(fn); return async (n) => n > 0 ? fn(n - 1) : 'end'; };
      const child = await host.createRuntime({ bindings: { tools: { keep } } });
      const value = await child.eval(\`
        let back; const fn = async (n) => n > 0 ? back(n - 1) : 'end';
        back = await keep(fn); globalThis.held = [back, fn];
        export default await back(20)\`);
      for (let i = 0; i < 200; i++) await child.eval('held.push(await keep(() => held))');
      await child.dispose();
      const gone = await kept[0](1).catch(({ code }) => code);
      export default [value, gone, kept.length]`);
    expect(rounds).toEqual(['end', 'RUNTIME_ENDED', 201]);
    await runtime.dispose();
    expect((await host.diagnostics()).runtimes).toBe(0);
  });

  it('that has changed every prototype has nested hosts that work, or fails itself', async () => {
    const { host, runtime } = await open();
    const value = await runtime.eval(`
      const trap = () => { throw new Error('trap') };
      for (const name of ['has', 'get', 'set', 'delete', 'forEach']) Map.prototype[name] = trap;
      Object.defineProperty(Object.prototype, 'h', { set: trap, get: trap, configurable: true });
      Object.defineProperty(Object.prototype, 'part', { set: trap, get: () => ({ root: '/' }), configurable: true });
      Array.prototype[Symbol.iterator] = trap; Array.prototype.push = trap; JSON.stringify = trap; JSON.parse = trap;
      Function.prototype.apply = trap; Function.prototype.call = trap;
      const { createIsolateHost } = await import('cofferdam');
      const host = createIsolateHost();
      const child = await host.createRuntime({ bindings: { tools: { greet: async (name) => 'hello ' + name } } });
      export default await child.eval('export default await greet("you")')`);
    expect(value).toBe('hello you');
    await runtime.dispose();
    expect((await host.diagnostics()).runtimes).toBe(0);
  });

  it("cannot use what is another guest's", async () => {
    const { host, runtime } = await open();
    const { runtime: other } = await open();
    const key = 'the same key';
    await runtime.eval(`import { createIsolateHost } from 'cofferdam';
      globalThis.session = await createIsolateHost().getNamespacedRuntime('${key}');
      await session.eval('globalThis.mine = 1')`);
    const seen = await other.eval(`import { createIsolateHost } from 'cofferdam';
      const host = createIsolateHost();
      await host.disposeNamespace('${key}');
      const session = await host.getNamespacedRuntime('${key}');
      export default [session.created, await session.eval('export default typeof mine')]`);
    expect(seen).toEqual([true, 'undefined']);
    expect(await runtime.eval(`export default await session.eval('export default mine')`)).toBe(1);
    const outer = await host.getNamespacedRuntime(key);
    expect(outer.created).toBe(true);
    await host.disposeNamespace(key);
  });
});
