import { describe, expect, it } from 'vitest';
import { errorOf, exportsOf, ownSandboxes } from './sandbox-harness.ts';

const { open } = ownSandboxes();

describe('a hostile run', () => {
  it('reaches nothing of its host by what it was given', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile({
      globals: { tool: (value: unknown) => value, data: { a: 1 } },
    });
    const code = `
      const reach = (f) => { try { return String(f()) } catch (e) { return e.name } };
      const got = await tool({ x: 1 });
      export default [
        reach(() => tool.constructor('return typeof process')()),
        reach(() => got.constructor.constructor('return typeof require')()),
        reach(() => data.constructor.constructor('return typeof process')()),
        reach(() => tool.caller), reach(() => typeof globalThis.ivm),
        reach(() => new Error().stack.includes('/work/')),
        Reflect.ownKeys(tool).length <= 2,
      ];`;
    const seen = exportsOf(await prefix.run({ code })).default;
    expect(seen).toEqual([
      'undefined',
      'undefined',
      'undefined',
      'TypeError',
      'undefined',
      'false',
      true,
    ]);
  });

  it('ends as a result, whatever it exports', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile();
    const limits = { cpuTimeMs: 300 };
    const run = async (code: string) => errorOf(await prefix.run({ code, limits })).code;
    expect(await run('export default { get a() { for (;;); } }')).toBe('CPU_TIME_EXCEEDED');
    expect(await run('export default new Proxy({}, { ownKeys() { throw 1 } })')).toBe(
      'RESULT_NOT_PLAIN',
    );
    expect(await run('const a = []; a.push(a); export default a')).toBe('RESULT_NOT_PLAIN');
    expect(await run('throw { get message() { throw 1 } }')).toBe('EXCEPTION');
    expect(await run('throw undefined')).toBe('EXCEPTION');
    expect(await run('function f() { f() } f()')).toBe('EXCEPTION');
    expect(await run('setTimeout(() => { for (;;); }); await new Promise(() => {})')).toBe(
      'CPU_TIME_EXCEEDED',
    );
    const then = await prefix.run({ code: 'export function then() {}' });
    expect(errorOf(then).code).toBe('RESULT_NOT_PLAIN');
  });

  it('cannot leave its module, nor name what wraps it', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile();
    const run = (code: string) => prefix.run({ code });
    for (const code of [
      '}); globalThis.out = 1; (function () {',
      'return 1',
      'yield 1',
      '*/ x /*',
    ]) {
      // eslint-disable-next-line no-await-in-loop
      expect(errorOf(await run(code)).code).toBe('COMPILE_ERROR');
    }
    const names =
      'export default [typeof arguments, typeof __vite_ssr_exports__, this === undefined]';
    expect(exportsOf(await run(names)).default).toEqual(['undefined', 'undefined', true]);
  });

  it('that floods its console costs its host no more than is kept', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile();
    const code = 'const s = "y".repeat(1e5); for (;;) console.error(s)';
    const result = await prefix.run({ code, limits: { cpuTimeMs: 500 } });
    expect(errorOf(result).code).toMatch(/^(CPU_TIME|MEMORY)_EXCEEDED$/);
    expect(result.stderr.join('').length).toBeLessThan(1.3e6);
  });
});

describe('a hostile prefix', () => {
  it('that changes the intrinsics harms its own runs at most', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile({
      code: `
        Promise.prototype.then = () => { throw 1 }; Promise.resolve = null; JSON.stringify = () => 'lies';
        Object.defineProperty(Object.prototype, 'exitReason', { set() { throw 2 } });
        Object.defineProperty(Object.prototype, '0', { set() { throw 3 }, get: () => 'lies' });
        Array.prototype.push = Array.prototype[Symbol.iterator] = null;
        Map.prototype.get = Map.prototype.set = () => { throw 4 }; globalThis.Function = null;`,
      globals: { tool: (n: number) => n * 2, limit: 1 },
    });
    const code =
      'console.log("x", limit); export default { a: 1, b: await tool(4) }; export const c = limit';
    const result = await prefix.run({ code, globals: { limit: 5 } });
    expect(result).toMatchObject({
      ok: true,
      exports: { default: { a: 1, b: 8 }, c: 5 },
      stdout: ['x 5'],
    });
  });

  it('that forbids a global to change fails the runs that rebind it', async () => {
    const sandbox = await open();
    const prefix = await sandbox.precompile({
      code: 'Object.defineProperty(globalThis, "limit", { value: 1, writable: false, configurable: false })',
      globals: { limit: 0 },
    });
    expect(exportsOf(await prefix.run({ code: 'export default limit' })).default).toBe(1);
    const error = errorOf(
      await prefix.run({ code: 'export default limit', globals: { limit: 2 } }),
    );
    expect(error).toMatchObject({ code: 'EXCEPTION', name: 'TypeError' });
  });

  it('that goes well once and not again fails its runs, and nothing else', async () => {
    const sandbox = await open({ maxIsolates: 1 });
    const other = await sandbox.precompile({ code: 'globalThis.x = 1' });
    const until = Date.now() + 1_000;
    const prefix = await sandbox.precompile({
      code: `if (Date.now() > ${until}) throw new RangeError('later')`,
    });
    let last = await prefix.run({ code: '1' });
    // The spares that were made in time are used up.
    // eslint-disable-next-line no-await-in-loop
    for (let i = 0; i < 2_000 && last.ok; i++) last = await prefix.run({ code: '1' });
    expect(errorOf(last)).toMatchObject({
      code: 'EXCEPTION',
      name: 'RangeError',
      message: 'later',
    });
    expect(exportsOf(await other.run({ code: 'export default x' })).default).toBe(1);
  });
});
