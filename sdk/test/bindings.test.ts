import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { HostBindings, HostCallContext } from '../src/index.ts';
import { ownDaemon, runtimesOn, until } from './harness.ts';

const { openHost } = ownDaemon();
const open = runtimesOn(openHost);
const opened = async (bindings: HostBindings) => (await open({ bindings })).runtime;
const HANG = 'await new Promise(() => {})';

describe('console', () => {
  it('tells of each line with its level and its groups, in order and before the eval is over', async () => {
    const { runtime, entries } = await open();
    await runtime.eval(`
      console.debug('a'); console.group('b'); console.warn({ c: [1] }); console.groupEnd();
      console.error('%s!', 'd'); await null; console.info('e');
    `);
    expect(entries).toEqual([
      { type: 'output', level: 'debug', stdout: 'a', groupDepth: 0 },
      { type: 'output', level: 'log', stdout: 'b', groupDepth: 0 },
      { type: 'output', level: 'warn', stdout: '{ c: [ 1 ] }', groupDepth: 1 },
      { type: 'output', level: 'error', stdout: 'd!', groupDepth: 0 },
      { type: 'output', level: 'info', stdout: 'e', groupDepth: 0 },
    ]);
  });

  it('tells of much that was written before the eval is over', async () => {
    const { runtime, entries } = await open();
    await runtime.eval('for (let i = 0; i < 4000; i++) console.log(i, "x".repeat(500))');
    expect(entries.length).toBe(4000);
    expect(entries.at(-1)!.stdout).toMatch(/^3999 /);
  });

  it('tells of what was written before an eval that failed, and between evals', async () => {
    const { runtime, entries } = await open();
    await runtime.eval('console.log("before"); throw 1').catch(() => {});
    expect(entries).toMatchObject([{ stdout: 'before' }]);
    await runtime.eval('setTimeout(() => console.log("later"), 20)');
    await until(() => entries.length === 2);
  });

  it('handlers that throw become a warning, and the guest notices nothing', async () => {
    const runtime = await opened({
      console: {
        onEntry: ({ stdout }) => {
          if (stdout === 'throw') throw new Error('mine');
          return Promise.reject(new Error('mine')) as never;
        },
      },
    });
    const work = runtime.eval('console.log("throw"); console.log("reject")');
    const [warning] = await Promise.all([once(process, 'warning'), work]);
    expect(warning[0]).toMatchObject({ name: 'CofferdamWarning' });
    expect(await runtime.eval('export default 1')).toBe(1);
  });

  it('of a guest that writes without end ends with its time and leaves the host well', async () => {
    const { host, runtime, entries } = await open({ executionTimeout: 700 });
    const flood = runtime.eval('for (;;) console.log("x".repeat(1000))');
    await expect(flood).rejects.toMatchObject({
      code: expect.stringMatching('TIME_EXCEEDED') as string,
    });
    expect(entries.length).toBeGreaterThan(0);
    expect(await (await host.createRuntime()).eval('export default 1')).toBe(1);
  });
});

describe('fetch', () => {
  it('is a request of the host’s, and its answer a response of the guest’s', async () => {
    const runtime = await opened({
      fetch: async (request) =>
        Response.json(
          { url: request.url, method: request.method, sent: await request.json() },
          {
            status: 201,
            statusText: 'Made',
            headers: { 'x-host': request.headers.get('host') ?? '-' },
          },
        ),
    });
    const told = await runtime.eval(`
      const response = await fetch('http://service.test/a?b#c', {
        method: 'POST', body: JSON.stringify([1]), headers: { host: 'evil.test' },
      });
      const { status, statusText, url, redirected, ok } = response;
      export default {
        status, statusText, url, redirected, ok,
        host: response.headers.get('x-host'), body: await response.json(),
      };
    `);
    expect(told).toEqual({
      status: 201,
      statusText: 'Made',
      url: 'http://service.test/a?b',
      redirected: false,
      ok: true,
      host: '-',
      body: { url: 'http://service.test/a?b#c', method: 'POST', sent: [1] },
    });
  });

  it('streams both ways, a piece at a time', async () => {
    const runtime = await opened({ fetch: (request) => new Response(request.body) });
    const told = await runtime.eval(`
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      const pending = fetch('http://service.test/', { method: 'POST', body: readable, duplex: 'half' });
      await writer.write(new TextEncoder().encode('one'));
      const reader = (await pending).body.getReader();
      const text = async () => new TextDecoder().decode((await reader.read()).value);
      const got = [await text()];
      await writer.write(new TextEncoder().encode('two'));
      got.push(await text());
      await writer.close();
      got.push((await reader.read()).done);
      export default got;
    `);
    expect(told).toEqual(['one', 'two', true]);
  });

  it('brings 10 MB there and back', async () => {
    const runtime = await opened({
      fetch: async (request) => new Response(await request.arrayBuffer()),
    });
    const told = await runtime.eval(`
      const sent = new Uint8Array(10_000_000).map((_, i) => i);
      const response = await fetch('http://service.test/', { method: 'PUT', body: sent });
      const got = new Uint8Array(await response.arrayBuffer());
      export default got.length === sent.length && got.every((byte, i) => byte === sent[i]);
    `);
    expect(told).toBe(true);
  });

  it('rejects in the guest with what the binding threw, also in the middle of a body', async () => {
    const runtime = await opened({
      fetch: (request) => {
        if (request.url.endsWith('/no')) throw new Error('not this host');
        const pieces = async function* () {
          yield Buffer.from('half');
          throw new Error('the disk is gone');
        };
        return new Response(ReadableStream.from(pieces()) as ReadableStream);
      },
    });
    const told = await runtime.eval(`
      const failure = (work) => work.then(() => 'none', ({ name, message }) => name + ': ' + message);
      export default [
        await failure(fetch('http://service.test/no')),
        await failure(fetch('http://service.test/half').then((response) => response.text())),
      ];
    `);
    expect(told).toEqual([
      expect.stringMatching(/^TypeError: .*not this host/),
      expect.stringMatching(/^TypeError: .*the disk is gone/),
    ]);
    expect((await runtime.diagnostics()).lastError).toMatchObject({
      message: expect.stringContaining('the disk is gone') as string,
    });
  });

  it('that the guest aborts is aborted at the host', async () => {
    const seen: HostCallContext[] = [];
    const runtime = await opened({
      fetch: (_request, context) => {
        seen.push(context);
        return new Promise(() => {});
      },
    });
    const told = await runtime.eval(`
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 50);
      export default await fetch('http://service.test/', { signal: abort.signal }).catch((e) => e.name);
    `);
    expect(told).toBe('AbortError');
    await until(() => seen[0]!.signal.aborted);
    expect(await runtime.diagnostics()).toMatchObject({ pendingFetches: 0, activeResources: 0 });
  });

  it('under way is aborted when the runtime is disposed of', async () => {
    const began = Promise.withResolvers<HostCallContext>();
    const runtime = await opened({
      fetch: (_request, context) => {
        began.resolve(context);
        return new Promise(() => {});
      },
    });
    const running = runtime.eval(`await fetch('http://service.test/')`);
    running.catch(() => {});
    const { signal, runtimeId } = await began.promise;
    expect(runtimeId).toBe(runtime.id);
    expect(await runtime.diagnostics()).toMatchObject({ pendingFetches: 1, activeResources: 1 });
    await runtime.dispose();
    expect(signal.aborted).toBe(true);
    await expect(running).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    await until(async () => (await runtime.diagnostics()).pendingFetches === 0);
  });

  it('follows redirects as the guest says', async () => {
    const runtime = await opened({
      fetch: ({ url }) =>
        url.endsWith('/end') ? new Response('there') : Response.redirect('http://other.test/end'),
    });
    const told = await runtime.eval(`
      const { url, redirected, status } = await fetch('http://service.test/');
      const manual = await fetch('http://service.test/', { redirect: 'manual' });
      const error = await fetch('http://service.test/', { redirect: 'error' }).catch((e) => e.name);
      export default { url, redirected, status, manual: manual.status, error };
    `);
    expect(told).toMatchObject({
      url: 'http://other.test/end',
      redirected: true,
      status: 200,
      error: 'TypeError',
    });
  });
});

describe('tools', () => {
  it('get a context as their last argument', async () => {
    const seen: unknown[] = [];
    const runtime = await opened({
      tools: {
        note: (value: unknown, { signal, ...context }: HostCallContext) => {
          seen.push([value, context, signal.aborted]);
        },
      },
    });
    await runtime.eval('await note(1); await note("two")');
    const { id: runtimeId } = runtime;
    expect(seen).toEqual([
      [1, { runtimeId, resourceId: 'tool:1', metadata: {} }, false],
      ['two', { runtimeId, resourceId: 'tool:2', metadata: {} }, false],
    ]);
  });

  it('that fail, answer a cycle or far too much fail the call and nothing else', async () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const runtime = await opened({
      tools: {
        fail: () =>
          Promise.reject(Object.assign(new RangeError('no'), { code: 'E_NO', secret: 1 })),
        cycle: () => cycle,
        huge: () => 'x'.repeat(100_000_000),
        symbol: () => Symbol('s'),
      },
    });
    const told = (await runtime.eval(`
      const failure = (work) => work.then(() => 'none', ({ name, message, code, secret, stack }) =>
        ({ name, message, code, secret, stack }));
      export default [await failure(fail()), await failure(cycle()), await failure(huge()), await failure(symbol())];
    `)) as { name: string; message: string; stack: string }[];
    expect(told[0]).toMatchObject({ name: 'RangeError', message: 'no', code: 'E_NO' });
    expect(told[0]).not.toHaveProperty('secret');
    expect(told.map(({ stack }) => stack).join()).not.toContain('bindings.test.ts');
    expect(told[1]!.name).toBe('TypeError');
    for (const each of told.slice(1)) expect(each.message).toBeTypeOf('string');
    expect(await runtime.eval('export default 1')).toBe(1);
  });

  it('that hang are aborted when the eval’s time is over', async () => {
    const began = Promise.withResolvers<HostCallContext>();
    const runtime = await opened({
      tools: {
        hang: (context: HostCallContext) => {
          began.resolve(context);
          return new Promise(() => {});
        },
      },
    });
    await runtime.eval('1'); // the first one also starts a compiler
    const running = runtime.eval('await hang()', { executionTimeout: 500 });
    await expect(running).rejects.toMatchObject({ code: 'WALL_TIME_EXCEEDED' });
    const { signal } = await began.promise;
    await until(() => signal.aborted);
    expect(signal.reason).toMatchObject({ code: 'RUNTIME_ENDED' });
    expect(await runtime.diagnostics()).toMatchObject({ pendingTools: 0 });
  });

  it('that iterate are told when the guest stops', async () => {
    let finished = 0;
    const runtime = await opened({
      tools: {
        async *numbers() {
          try {
            for (let i = 0; ; i++) yield i;
          } finally {
            finished++;
          }
        },
      },
    });
    const told = await runtime.eval(`
      const got = [];
      for await (const number of numbers()) if (got.push(number) === 3) break;
      export default got;
    `);
    expect(told).toEqual([0, 1, 2]);
    await until(() => finished === 1);
    expect((await runtime.diagnostics()).pendingTools).toBe(0);
  });

  it('are called without end by a guest that is ended, and the host goes on', async () => {
    let calls = 0;
    const { host, runtime } = await open({
      executionTimeout: 500,
      bindings: { tools: { spam: () => void calls++ } },
    });
    const spam = runtime.eval(
      `for (;;) { spam(new Array(100).fill('x')).catch(() => {}); await null; }`,
    );
    await expect(spam).rejects.toBeInstanceOf(Error);
    expect(calls).toBeGreaterThan(0);
    expect(await (await host.createRuntime()).eval('export default 1')).toBe(1);
  });
});

it('what a guest has not been given is not there', async () => {
  const { runtime } = await open();
  const told = await runtime.eval(`
    export default ['process', 'require', 'Deno', 'ivm', 'module'].filter((name) => name in globalThis);
  `);
  expect(told).toEqual([]);
  await expect(runtime.eval(`import 'node:fs'`)).rejects.toMatchObject({
    name: expect.any(String) as string,
  });
  await runtime.eval(`${HANG}`, { executionTimeout: 50 }).catch(() => {});
});
