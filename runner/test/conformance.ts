import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, Outcome } from '../src/engines/engine.ts';
import { runOn, valueOf, type RunOptions } from './engine-harness.ts';

/** What every engine that runs scripts does alike; each of them passes this very suite. */
export function describeScriptEngine(name: string, create: () => Engine): void {
  describe(`${name} engine`, () => {
    let engine: Engine;
    const run = (code: string, options?: RunOptions) => runOn(engine, code, options);
    const value = async (code: string, options?: RunOptions) => valueOf(await run(code, options));
    const aliveAfterwards = async () => expect(await value('return 1 + 1')).toBe(2);

    beforeAll(() => {
      engine = create();
    });
    afterAll(() => engine.close());

    describe('results', () => {
      it.each([
        [
          'return { a: [1, "x", null, true], nested: { b: 2.5 } }',
          { a: [1, 'x', null, true], nested: { b: 2.5 } },
        ],
        ['return await Promise.resolve("later")', 'later'],
        ['return undefined', undefined],
        ['return { gone: undefined, list: [undefined], not: NaN }', { list: [null], not: null }],
        ['return new Date(0)', '1970-01-01T00:00:00.000Z'],
        ['return "\\ud83d\\ude00 é \\u2028"', '\u{1f600} é \u2028'],
      ])('%s', async (code, expected) => {
        expect(await value(code)).toEqual(expected);
      });

      it('reads input and env', async () => {
        const request = { input: '{"n":1}', env: '{"KEY":"v"}' };
        expect(await value('return [input.n, env.KEY]', { request })).toEqual([1, 'v']);
        expect(await value('export default [input.n, env.KEY]', { request })).toEqual([1, 'v']);
        expect(await value('return [input.n, env.n]', { request: { input: '{"n":1}' } })).toEqual([
          1, 1,
        ]);
      });

      it('answers the exports of a module', async () => {
        const outcome = await run(
          'export const a = await 1; export const b = { c: 2 }; export default a + 1',
        );
        expect(valueOf(outcome)).toBe(2);
        expect(JSON.parse(outcome.exports!)).toEqual({ a: 1, b: { c: 2 } });
      });

      it('runs TypeScript', async () => {
        expect(await value('enum E { A = 3 }\nconst x: number = E.A\nreturn x!')).toBe(3);
      });

      it.each([
        ['return { items: [0, { onClick() {} }] }', 'result.items[1].onClick'],
        ['const a = { b: {} }; a.b.c = a; return a', 'result.b.c'],
        ['return { id: 1n }', 'result.id'],
        ['return { s: Symbol("x") }', 'result.s'],
        ['return [new Map([[1, 2]])]', 'result[0]'],
        ['return { p: Promise.resolve() }', 'result.p'],
        ['export const f = () => 1', 'exports.f'],
        ['return { get x() { throw new Error("no") } }', 'result.x'],
      ])('refuses what is not plain data, with its path: %s', async (code, path) => {
        const { exitReason, error } = await run(code);
        expect(exitReason).toBe('ResultNotPlain');
        expect(error?.path).toBe(path);
        expect(error?.message).toContain(path);
      });

      it('refuses a result beyond the output limit', async () => {
        const limits = { outputBytes: 4096 };
        expect((await run('return "x".repeat(5000)', { limits })).exitReason).toBe('Output');
        expect(
          (await run('return Array.from({ length: 1e5 }, (_, i) => i)', { limits })).exitReason,
        ).toBe('Output');
      });
    });

    describe('console', () => {
      it('keeps order and levels', async () => {
        const { logs } = await run(
          'console.log("a", 1, { b: [2] }); console.warn("w"); console.error(new TypeError("bad").message); console.debug("d"); console.info("i")',
        );
        expect(logs.map(({ level, message }) => [level, message])).toEqual([
          ['log', 'a 1 { b: [ 2 ] }'],
          ['warn', 'w'],
          ['error', 'bad'],
          ['debug', 'd'],
          ['info', 'i'],
        ]);
      });

      it('cuts a flood and says so', async () => {
        const outcome = await run(
          'for (let i = 0; i < 1e5; i++) console.log("line " + i); return "done"',
          {
            limits: { outputBytes: 2048 },
          },
        );
        expect(valueOf(outcome)).toBe('done');
        expect(outcome.logsCut).toBe(true);
        expect(outcome.logs.at(-1)?.message).toContain('output cut at 2048 bytes');
        const bytes = outcome.logs.reduce((sum, line) => sum + line.message.length, 0);
        expect(bytes).toBeLessThan(2048 + 100);
      });

      it('tells lines as they come', async () => {
        const seen: string[] = [];
        await run('console.log("one"); await null; console.log("two")', {
          onLog: (line) => seen.push(line.message),
        });
        expect(seen).toEqual(['one', 'two']);
      });
    });

    describe('errors of the script', () => {
      it.each([
        ['throw new RangeError("too far")', 'RangeError', 'too far'],
        ['null.x', 'TypeError', 'null'],
        ['throw "text"', 'Error', 'text'],
        ['throw { odd: 1 }', 'Error', 'odd'],
        ['throw null', 'Error', 'null'],
        ['await Promise.reject(new Error("later"))', 'Error', 'later'],
        ['const f = () => f(); f()', 'RangeError', 'Maximum call stack'],
        ['export default await Promise.reject(new Error("in module"))', 'Error', 'in module'],
      ])('%s', async (code, errorName, message) => {
        const { exitReason, error } = await run(code);
        expect(exitReason).toBe('Exception');
        expect(error?.name).toBe(errorName);
        expect(error?.message).toContain(message);
      });

      it('say nothing of the machine', async () => {
        const { error } = await run('function f() { throw new Error("x") }\nf()');
        expect(error?.stack).toContain('script.js');
        expect(error?.stack).not.toMatch(/\/(work|home|root|usr|tmp)\/|node:|cofferdam|ext:/);
      });

      it.each([
        'process.exit(1)',
        'require("fs")',
        'await import("fs")',
        'globalThis.process.kill(1)',
      ])('reach no process: %s', async (code) => {
        expect((await run(code)).exitReason).not.toBe('Completed');
        await aliveAfterwards();
      });
    });

    describe('limits', () => {
      const fails = async (code: string, limits: RunOptions['limits']): Promise<Outcome> => {
        const outcome = await run(code, { limits: { wallTimeMs: 20_000, ...limits } });
        await aliveAfterwards();
        return outcome;
      };

      it.each([
        ['an endless loop', 'while (true) {}'],
        ['a loop after an await', 'await null; for (;;) {}'],
        ['a loop that catches', 'for (;;) { try { for (;;) {} } finally { continue } }'],
        ['a regular expression', '/^(a+)+$/.test("a".repeat(40) + "!")'],
        [
          'microtasks without end',
          'const again = () => Promise.resolve().then(again); await again()',
        ],
        [
          'a loop over JSON.parse',
          'const s = "[" + "[1,2,3],".repeat(2e4) + "1]"; for (;;) JSON.parse(s)',
        ],
      ])('cpuTime ends %s', async (_name, code) => {
        expect((await fails(code, { cpuTimeMs: 150 })).exitReason).toBe('CpuTime');
      });

      it('wallTime ends a promise that never settles', async () => {
        expect((await fails('await new Promise(() => {})', { wallTimeMs: 200 })).exitReason).toBe(
          'WallTime',
        );
      });

      it.each([
        ['arrays', 'const a = []; for (;;) a.push(new Array(1000).fill(1.5))'],
        [
          'strings',
          'let s = "x"; const a = []; for (;;) { a.push(s + a.length.toString().repeat(100)); }',
        ],
        ['array buffers', 'const a = []; for (;;) a.push(new Uint8Array(1e6).fill(1))'],
        ['maps', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, i)'],
        ['one huge array', 'return new Array(1e8).fill().map((_, i) => i).length'],
      ])('memory ends growth of %s', async (_name, code) => {
        const { exitReason } = await fails(code, { memoryBytes: 32 * 2 ** 20, cpuTimeMs: 20_000 });
        expect(exitReason).toBe('Memory');
      });

      it('an abort ends a run that computes, and one that waits', async () => {
        for (const code of [
          'console.log("on"); for (;;) {}',
          'console.log("on"); await new Promise(() => {})',
        ]) {
          const abort = new AbortController();
          const outcome = await run(code, {
            signal: abort.signal,
            onLog: () => abort.abort(),
            limits: { cpuTimeMs: 20_000, wallTimeMs: 20_000 },
          });
          expect(outcome.exitReason).toBe('Cancelled');
        }
        await aliveAfterwards();
      });
    });

    it('shares nothing between runs', async () => {
      await run('globalThis.leak = 1; Array.prototype.leak = 2; Object.prototype.leak = 3');
      expect(await value('return [typeof leak, [].leak ?? null, ({}).leak ?? null]')).toEqual([
        'undefined',
        null,
        null,
      ]);
    });

    it('runs many at once', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, (_, i) => value(`await null; return ${i} * 2`)),
      );
      expect(outcomes).toEqual(Array.from({ length: 12 }, (_, i) => i * 2));
    });
  });
}
