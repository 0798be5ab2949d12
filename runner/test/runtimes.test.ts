import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LASTING, RUNTIME_METHODS } from '@cofferdam/protocol';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';
import { embedder } from './runtime-embedder.ts';

const shared = new RuntimeKeeper();
beforeAll(() => shared.warm());
afterAll(() => shared.close());

describe('a runtime', () => {
  it('keeps its globals from eval to eval, and shares them with no other', async () => {
    const host = await embedder({ keeper: shared });
    const [one, other] = await Promise.all([host.open(), host.open()]);
    expect(await one.value('globalThis.n = 1; export default n + 1')).toBe(2);
    expect(await one.value('export default ++n')).toBe(2);
    expect(await other.value('export default typeof n')).toBe('undefined');
  });

  it('answers the default export where it is plain data', async () => {
    const runtime = await (await embedder({ keeper: shared })).open();
    expect(await runtime.value('export default { a: [1, "b", null] }')).toEqual({
      a: [1, 'b', null],
    });
    expect(await runtime.value('export default () => {}')).toBeUndefined();
    expect(await runtime.value('1 + 1')).toBeUndefined();
    const large = await runtime.eval('export default "x".repeat(6 * 1024 * 1024)');
    expect(large).toMatchObject({ exitReason: 'Output', ended: false });
  });

  it('reads TypeScript, by name or by what it is', async () => {
    const runtime = await (await embedder({ keeper: shared })).open();
    const code =
      'enum A { X = 3 } namespace N { export const y: number = 4 } export default [A.X, N.y]';
    expect(await runtime.value(code)).toEqual([3, 4]);
    expect(await runtime.value(code, 'main.ts')).toEqual([3, 4]);
    const outcome = await runtime.eval(code, { filename: '/app/main.js' });
    expect(outcome).toMatchObject({ exitReason: 'CompileError', ended: false });
  });

  it('evaluates as modules do: strict, awaiting, with nothing of a function', async () => {
    const runtime = await (await embedder({ keeper: shared })).open();
    const code = `#!/usr/bin/env node
      const of = (() => typeof arguments)();
      export default [this === undefined, of, typeof arguments, await Promise.resolve(1), typeof require,
        import.meta.url, import.meta.filename, import.meta.dirname]`;
    expect(await runtime.value(code, 'sub/main.js')).toEqual([
      true,
      'undefined',
      'undefined',
      1,
      'undefined',
      'file:///app/sub/main.js',
      '/app/sub/main.js',
      '/app/sub',
    ]);
    expect((await runtime.eval('arguments')).error?.name).toBe('ReferenceError');
    expect((await runtime.eval('undeclared = 1')).error?.name).toBe('ReferenceError');
    expect((await runtime.eval('return 1')).exitReason).toBe('CompileError');
  });

  it('runs several evals at once', async () => {
    const runtime = await (await embedder({ keeper: shared })).open();
    const first = runtime.value(
      'export default await new Promise((resolve) => (globalThis.go = resolve))',
    );
    await runtime.value('while (!globalThis.go) await new Promise((next) => setTimeout(next, 1))');
    await runtime.value('go("gone")');
    expect(await first).toBe('gone');
  });

  it('says what it threw, where its author wrote it', async () => {
    const runtime = await (await embedder({ keeper: shared })).open();
    const code = `interface A { a: string }
type B = A & { b: number };
function broken(value: B): never {
  throw new TypeError(\`no \${value.a}\`);
}
export const x: number = 1;
broken({ a: 'way', b: 2 });`;
    const { error, exitReason } = await runtime.eval(code, { filename: '/app/my code (1).ts' });
    expect(exitReason).toBe('Exception');
    expect(error).toMatchObject({ name: 'TypeError', message: 'no way' });
    expect(error?.stack?.split('\n')).toEqual([
      'TypeError: no way',
      '    at broken (/app/my code (1).ts:4:9)',
      '    at /app/my code (1).ts:7:1',
    ]);
  });

  it('keeps apart the positions of two evals of one name', async () => {
    const runtime = await (await embedder({ keeper: shared })).open();
    await runtime.eval('\n\nglobalThis.fail = () => { throw new Error("first") }', {
      filename: 'a.ts',
    });
    const { error } = await runtime.eval('let x: 1;\n\n\n\nfail()', { filename: 'a.ts' });
    expect(error?.stack).toContain('at globalThis.fail (/app/a.ts:3:33)');
    expect(error?.stack).toContain('at /app/a.ts:5:1');
  });

  it('counts what it used', async () => {
    const runtime = await (await embedder({ keeper: shared, files: { '/app/a.js': '1' } })).open();
    await runtime.value('import "./a.js"');
    await runtime.value('const end = Date.now() + 400; while (Date.now() < end);');
    const figures = await runtime.figures();
    expect(figures).toMatchObject({ evals: 2, modules: 1, fetches: 0 });
    expect(figures.cpuTimeMs).toBeGreaterThan(50);
    expect(figures.heapBytes).toBeGreaterThan(100_000);
  });

  it('sends its console, and an exception that nobody could catch', async () => {
    const runtime = await (await embedder({ keeper: shared })).open();
    await runtime.value(
      'console.group("g"); console.warn("a %d", 1); setTimeout(() => { throw new Error("late") }, 0)',
    );
    const warned = await runtime.message((message) => message[1] === 'warn');
    expect(warned).toEqual(['log', 'warn', 'a 1', 1]);
    const failed = await runtime.message((message) => message[1] === 'error');
    expect(failed[2]).toContain('Uncaught Error: late');
    expect(await runtime.value('export default 1')).toBe(1);
  });

  it('shows no console that its embedder does not want', async () => {
    const host = await embedder({ keeper: shared });
    const bindings = { console: false, fetch: false, files: false, modules: false, tools: [] };
    const runtime = await host.open({ bindings });
    await runtime.value('console.log("x"); await new Promise((next) => setTimeout(next, 20))');
    expect(runtime.messages).toEqual([]);
  });

  it.each(['minimal', 'compute', 'data', 'agent'] as const)(
    'works in the preset %s',
    async (preset) => {
      const runtime = await (
        await embedder({ keeper: shared, files: { '/app/a.js': 'export const a = 5' } })
      ).open({ preset });
      expect(await runtime.value('import { a } from "./a.js"; export default a')).toBe(5);
      expect(await runtime.value('export default (await import("./a.js")).a')).toBe(5);
      expect(await runtime.value('export default typeof setTimeout')).toBe('undefined');
    },
  );
});

describe('a keeper', () => {
  it('refuses what is no specification, and a runtime that it does not have', async () => {
    const host = await embedder({ keeper: shared });
    await expect(host.open({ memoryBytes: 1 })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(host.open({ cwd: 'relative' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const call = host.channel.call(
      RUNTIME_METHODS.eval,
      { runtimeId: 'nobody', code: '1' },
      { deadlineMs: LASTING },
    );
    await expect(call.reply).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });

  it('tells of a runtime that was disposed of, also the evals that were under way', async () => {
    const runtime = await (await embedder({ keeper: shared })).open();
    await runtime.value('globalThis.hang = new Promise(() => {})');
    const hanging = runtime.eval('await hang');
    runtime.dispose();
    expect(await hanging).toMatchObject({ exitReason: 'Cancelled', ended: true });
    await expect(runtime.eval('1')).rejects.toMatchObject({
      code: 'RUNTIME_ENDED',
      message: expect.stringContaining('disposed of') as string,
    });
  });

  it('gives two connections no process in common, and one connection one for eight runtimes', async () => {
    const keeper = new RuntimeKeeper({ runtimesPerProcess: 2 });
    const [one, other] = await Promise.all([embedder({ keeper }), embedder({ keeper })]);
    await Promise.all([one.open(), one.open()]);
    const before = keeper.pids.length;
    await other.open();
    await one.open();
    await expect.poll(() => keeper.pids.length).toBe(before + 2);
    await keeper.close();
  });

  it('leaves no process behind when a connection ends', async () => {
    const keeper = new RuntimeKeeper();
    const host = await embedder({ keeper });
    const runtime = await host.open();
    void runtime.eval('console.log("busy"); while (true) {}').catch(() => {});
    await runtime.message((message) => message[2] === 'busy');
    const { pids } = keeper;
    host.channel.close();
    await expect.poll(() => keeper.runtimes).toBe(0);
    await keeper.close();
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('an eval', () => {
  it('leaves nothing behind that nobody holds', async () => {
    const runtime = await (
      await embedder({ keeper: shared })
    ).open({ memoryBytes: 32 * 1024 * 1024 });
    for (let i = 0; i < 150; i++) {
      const code = `const big = new Array(60_000).fill(${i}.5); export const get = () => big; export default big.length`;
      expect(await runtime.value(code)).toBe(60_000);
    }
    await runtime.value('globalThis.late = () => import("./a.js").catch((error) => error.message)');
    expect(await runtime.value('export default await late()')).toContain('no such module');
  });
});
