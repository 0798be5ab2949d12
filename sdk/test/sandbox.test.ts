import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSafeFetch, type HostCallContext, type ScriptError } from '../src/index.ts';
import { errorOf, exportsOf, ownSandboxes } from './sandbox-harness.ts';

const { open } = ownSandboxes();
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json').end('[{"id":1},{"id":2}]');
});
let address = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

describe('a prefix', () => {
  it('is compiled once and run often, with what it set up and the functions of its host', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile({
      code: `const config = { base: '${address}' }; globalThis.config = config;`,
      globals: {
        fetch: createSafeFetch({
          policy: ({ host }) => host === '127.0.0.1',
          allowPrivateAddresses: true,
        }),
      },
    });
    const code = `
      const response = await fetch(config.base + '/users');
      const users = await response.json();
      export default { count: users.length };`;
    const limits = { cpuTimeMs: 2_000, wallTimeMs: 10_000, memoryMb: 64 };
    const results = await Promise.all([1, 2, 3].map(() => prefix.run({ code, limits })));
    for (const result of results) {
      expect(result).toEqual({
        ok: true,
        exports: { default: { count: 2 } },
        stdout: [],
        stderr: [],
        durationMs: expect.any(Number) as number,
      });
    }
  });

  it('answers named exports, console lines in their order, and TypeScript runs', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile({
      code: 'globalThis.n = 20 as number',
      filename: 'p.ts',
    });
    const result = await prefix.run({
      code: `console.log('a', { b: 1 }); console.warn('w'); console.group('g'); console.info('in');
        console.error('e'); export const twice: number = n * 2; export default [n];`,
    });
    expect(result).toMatchObject({
      ok: true,
      exports: { default: [20], twice: 40 },
      stdout: ['a { b: 1 }', 'g', '  in'],
      stderr: ['w', '  e'],
    });
    expect(exportsOf(await prefix.run({}))).toEqual({});
  });

  it('shares nothing between runs, side by side or one after the other', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile({ code: 'globalThis.kept = { seen: [] };' });
    const code = (name: string) => `
      const before = [kept.seen.length, typeof globalThis.own, [].mark];
      kept.seen.push('${name}'); globalThis.own = 1; Array.prototype.mark = '${name}';
      JSON.parse = null; delete globalThis.URL; await null;
      export default [...before, kept.seen.length, [].mark];`;
    const together = await Promise.all(
      ['a', 'b', 'c', 'd'].map((x) => prefix.run({ code: code(x) })),
    );
    const after = await prefix.run({ code: code('e') });
    const seen = [...together, after].map((result) => exportsOf(result).default);
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e'].map((x) => [0, 'undefined', null, 1, x]));
  });

  it('says where code went wrong, in the run and in the prefix', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile({
      code: 'globalThis.boom = function boom() {\n  throw new RangeError("no");\n};',
      filename: '/lib/prefix.js',
    });
    const error = errorOf(await prefix.run({ code: '\n  boom();', filename: '/agent.js' }));
    expect(error).toMatchObject({ code: 'EXCEPTION', name: 'RangeError', message: 'no' });
    expect(error.stack).toMatch(/prefix\.js:2:9.*\n.*\/agent\.js:2:3/);
    expect(error.stack).not.toContain(process.cwd());
    expect(errorOf(await prefix.run({ code: 'let a = ;' })).code).toBe('COMPILE_ERROR');
    expect(errorOf(await prefix.run({ code: 'import x from "lodash"' }))).toMatchObject({
      code: 'EXCEPTION',
      message: expect.stringContaining("Cannot import 'lodash'") as string,
    });
    const late = 'setTimeout(() => { throw new TypeError("later") }); await new Promise(() => {})';
    expect(errorOf(await prefix.run({ code: late }))).toMatchObject({ message: 'later' });
  });

  it('refuses exports that are no plain data, by their path', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile();
    const error = errorOf(await prefix.run({ code: 'export default { a: [() => 1] }' }));
    expect(error.code).toBe('RESULT_NOT_PLAIN');
    expect(error.message).toContain('result.a[0]');
    const named = errorOf(await prefix.run({ code: 'export const m = { n: new Map() }' }));
    expect(named.message).toContain('exports.m.n');
  });

  it('runs without spares too: more at once than there are', async () => {
    const sandbox = await open({ maxIsolates: 6 });
    const prefix = await sandbox.precompile({ code: 'globalThis.x = 1' });
    const runs = Array.from({ length: 12 }, (_, i) =>
      prefix.run({ code: `export default x + ${i}` }),
    );
    const values = (await Promise.all(runs)).map((result) => exportsOf(result).default);
    expect(values).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  });
});

describe('the evaluation of a prefix', () => {
  it.each([
    ['throws', 'throw new RangeError("no")', { name: 'RangeError', code: 'EXCEPTION' }],
    ['does not parse', 'let a = ;', { name: 'SyntaxError', code: 'COMPILE_ERROR', line: 1 }],
    ['calls its host', 'add(1).catch(() => {})', { message: /called 'add' while/ }],
    ['calls its host later', 'queueMicrotask(() => { add(1) })', { message: /called 'add' while/ }],
    [
      'fetches',
      'try { await fetch("http://x.test/") } catch {}',
      { message: /called fetch while/ },
    ],
    ['imports', 'await import("x").catch(() => {})', { message: /called import\(\) while/ }],
    ['leaves a timer', 'setInterval(() => {}, 1)', { message: /left something for later/ }],
    [
      'uses too much memory',
      'globalThis.a = []; for (;;) a.push(new Array(1e5).fill(0.5))',
      { code: 'MEMORY_EXCEEDED' },
    ],
  ])('that %s is told at once', async (_name, code, expected) => {
    const sandbox = await open();
    let calls = 0;
    const error: unknown = await sandbox
      .precompile({
        code,
        memoryMb: 32,
        globals: {
          add: () => ++calls,
          fetch: () => {
            calls++;
            return new Response();
          },
        },
      })
      .then(
        () => 'it went well',
        (e: unknown) => e,
      );
    const { message, ...rest } = expected as { message?: RegExp };
    expect(error).toMatchObject(rest);
    if (message) expect((error as Error).message).toMatch(message);
    if (_name === 'throws') expect((error as ScriptError).stack).toContain('/[prefix]:1:7');
    expect(calls).toBe(0);
  });

  it('may wait for itself: timers that it awaits, crypto', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile({
      code: `await new Promise((r) => setTimeout(r, 1)); console.log('not shown');
        globalThis.digest = await crypto.subtle.digest('SHA-256', new Uint8Array(1));
        export const ignored = () => 1;`,
    });
    const result = await prefix.run({ code: 'export default digest.byteLength' });
    expect(result).toMatchObject({ ok: true, exports: { default: 32 }, stdout: [] });
  });

  it('may write as much as it likes, which is not shown, nor held against its runs', async () => {
    const sandbox = await open();
    const code = 'const line = "x".repeat(1e6); for (let i = 0; i < 12; i++) console.log(line);';
    const prefix = await sandbox.precompile({ code, globals: { add: (n: number) => n + 1 } });
    const result = await prefix.run({ code: 'console.log("shown"); export default await add(1)' });
    expect(result).toMatchObject({ ok: true, exports: { default: 2 }, stdout: ['shown'] });
  });

  it('that never comes to rest is ended by its own limit', async () => {
    const sandbox = await open();
    const code = '(async () => { for (;;) await null })()';
    await expect(sandbox.precompile({ code })).rejects.toMatchObject({
      code: 'WALL_TIME_EXCEEDED',
    });
  });
});

describe('globals', () => {
  it('are functions of the host, and copies of data', async () => {
    const sandbox = await open();
    const data = { list: [1, new Date(5), 10n], $odd: new Map([['k', new Set([1])]]) };
    const contexts: HostCallContext[] = [];
    const prefix = await sandbox.precompile({
      globals: {
        data,
        search: async (query: string, context: HostCallContext) => {
          contexts.push(context);
          return { query, when: new Date(7) };
        },
        count: function* (to: number) {
          for (let i = 1; i <= to; i++) yield i;
        },
      },
    });
    data.list.push(99);
    const { default: seen } = exportsOf(
      await prefix.run({
        code: `const found = await search('x'); const all = []; for await (const n of count(3)) all.push(n);
        export default [found.query, +found.when, all, data.list.length, +data.list[1], String(data.list[2]),
          data.$odd.get('k').has(1), Object.keys(globalThis).includes('search')];`,
      }),
    );
    expect(seen).toEqual(['x', 7, [1, 2, 3], 3, 5, '10', true, false]);
    expect(contexts[0]).toMatchObject({ resourceId: 'tool:1', metadata: {} });
  });

  it('can be others in a run, also where the prefix kept a reference', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile({
      code: 'const kept = who; globalThis.ask = () => kept();',
      globals: { who: () => 'nobody', limit: 1, fetch: () => new Response('first') },
    });
    const code = `export default [await ask(), limit, await (await fetch('http://a.test/')).text()]`;
    const runs = await Promise.all([
      prefix.run({ code }),
      prefix.run({ code, globals: { who: () => 'ann', limit: 2 } }),
      prefix.run({ code, globals: { fetch: () => new Response('other') } }),
    ]);
    expect(runs.map((result) => exportsOf(result).default)).toEqual([
      ['nobody', 1, 'first'],
      ['ann', 2, 'first'],
      ['nobody', 1, 'other'],
    ]);
  });

  it('cross with what they throw, and without fetch there is none', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile({
      globals: {
        fail: () => {
          throw Object.assign(new RangeError('not so'), { code: 'E_MINE' });
        },
      },
    });
    const code = `const out = []; try { await fail() } catch (e) { out.push(e.name, e.message, e.code) }
      try { await fetch('http://a.test/') } catch (e) { out.push(e.message) } export default out;`;
    const { default: out } = exportsOf(await prefix.run({ code }));
    expect(out).toEqual([
      'RangeError',
      'not so',
      'E_MINE',
      expect.stringContaining('no fetch binding'),
    ]);
  });

  it('of reserved or unknown names, or of another kind, are refused by name', async () => {
    const sandbox = await open();
    for (const name of [
      'console',
      'globalThis',
      'Array',
      'eval',
      'setTimeout',
      'a b',
      '__proto__x-',
    ]) {
      const wrong = sandbox.precompile({ globals: { [name]: () => 1 } });
      // eslint-disable-next-line no-await-in-loop
      await expect(wrong).rejects.toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(`'${name}'`) as string,
      });
    }
    await expect(sandbox.precompile({ globals: { fetch: 1 } })).rejects.toThrow(
      "'fetch' must be a function",
    );
    await expect(
      sandbox.precompile({
        globals: { f: () => new Response(), fetch: () => 1 },
        preset: 'compute',
      }),
    ).rejects.toThrow("'compute' have no fetch");
    await expect(sandbox.precompile({ globals: { a: { b: () => 1 } } })).rejects.toThrow(
      'within data',
    );
    const prefix = await sandbox.precompile({ globals: { tool: () => 1, data: 1 } });
    const unknown = prefix.run({ globals: { other: () => 1 } as never });
    await expect(unknown).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining("'other'") as string,
    });
    await expect(prefix.run({ globals: { tool: 5 } as never })).rejects.toThrow(
      "'tool' was a function",
    );
    await expect(prefix.run({ globals: { data: () => 1 } as never })).rejects.toThrow(
      "'data' was data",
    );
  });
});
