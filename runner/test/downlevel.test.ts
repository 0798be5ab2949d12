import { describe, expect, it } from 'vitest';
import { KEPT, LOST } from './downlevel-contexts.ts';
import { defaultOf, runModule } from './downlevel-harness.ts';
import { SAME } from './downlevel-samples.ts';
import { seenBy } from './downlevel-tasks.ts';
import { downlevel } from '../src/compiler/downlevel.ts';

const TASKS = ['a', 'b', 'c'];

describe('rewritten code', () => {
  it.each(Object.entries(SAME))('does the same: %s', async (_what, source) => {
    expect(await defaultOf(source)).toEqual(await defaultOf(source, 'native'));
  });

  it('stays on its lines', async () => {
    const source = `export default await (async () => {
      for await (const {
        x } of [{ x: 1 }]) await 0;
      { await using a = null,
        b
        = undefined; }
      return new Error().stack;
    })();`;
    const stacks = [await defaultOf(source), await defaultOf(source, 'native')];
    const [ours, native] = stacks.map((stack) => /script\.js:(\d+)/.exec(String(stack))![1]);
    expect(ours).toBe(native);
  });

  it('keeps async stack traces', async () => {
    const source = `async function inner() { await 0; throw new Error('x'); }
      async function outer() { await inner(); }
      export default await outer().catch((e) => e.stack);`;
    expect(await defaultOf(source)).toMatch(/at inner .*\n.*at async outer/);
  });

  it('is the inside of a generator too, which has a frame while its body runs', async () => {
    const { code, helpers } = downlevel(
      `function* () { 'use strict'; yield; als.enterWith(1); log.push(als.getStore()); }`,
    );
    const source = `import { AsyncLocalStorage } from 'node:async_hooks';
      const als = new AsyncLocalStorage(), log = [];
      const body = (0, eval)('(als, log, ${helpers[0]}) => ' + ${JSON.stringify(`(${code})()`)})(als, log, enterFrame);
      // As the loader does: from code that is in no scope.
      await (0, eval)('(async (body) => { await 0; body.next(); body.next(); })')(body);
      export default [...log, als.getStore() ?? null];`;
    expect(await defaultOf(source)).toEqual([1, null]);
  });

  it('has one free name, which the source does not have', () => {
    const { code, helpers } = downlevel('async function () { __async_frame__; }');
    expect(helpers).toEqual(['__async_frame___']);
    expect(code).toContain('const $frame=__async_frame___();');
  });

  it('is soon made of names that are long', () => {
    const { code } = downlevel(`async function () { '$frame${'_'.repeat(1_000_000)}'; $frame_; }`);
    expect(code.length).toBeLessThan(5_000_000);
  });

  it.each([
    'function () {}',
    '() => {}',
    'async function () {}), (async function () {}',
    'async function () {}); (async function () {}',
    'async function () { await }',
    'async function () { for (await using x = f(); ;) ; }',
  ])('is refused: %s', (text) => {
    expect(() => downlevel(text)).toThrow(SyntaxError);
  });

  it('is made of deeply nested code too', () => {
    const deep = `async function () { return ${'('.repeat(900)}await 0${')'.repeat(900)}; }`;
    expect(downlevel(deep).code).toContain('$frame.take(await $frame.give(0))');
  });
});

describe('a task among others sees its own value', () => {
  it.each(Object.entries(KEPT))('%s', async (_what, task) => {
    const { own, native, probe } = await seenBy(task);
    for (const name of TASKS) expect([name, new Set(own[name])]).toEqual([name, new Set([name])]);
    expect([native, probe]).toEqual([[], []]);
  });

  it.each(Object.entries(LOST))('and the default in %s', async (_what, task) => {
    const { own, native, probe } = await seenBy(task);
    for (const name of TASKS) expect(new Set(own[name])).toEqual(new Set([name]));
    expect(native.filter((value) => value !== 'none')).toEqual([]);
    expect(probe).toEqual([]);
  });

  it('as it would not, were its code not rewritten', async () => {
    const { own } = await seenBy(KEPT['await of values']!, 'native');
    expect(own.a).not.toEqual(own.a!.map(() => 'a'));
  });
});

/** What a guest does to the language before it goes on. */
const TAMPERED: { [what: string]: string } = {
  'prototypes of maps': `Map.prototype.get = Map.prototype.has = () => 'evil'; Map.prototype.set = Map.prototype.forEach = () => { throw 1; };`,
  'call and apply': `Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => 'evil'; Reflect.apply = () => 'evil';`,
  'Object.prototype': `for (const k of ['scope', 'mapping', 'execution', 'get', 'done']) Object.defineProperty(Object.prototype, k, { configurable: true, get: () => 'evil', set() {} });`,
  arrays: `Object.defineProperty(Array.prototype, 0, { configurable: true, get: () => 'evil', set() { throw 1; } }); Array.prototype.push = Array.prototype.slice = () => { throw 1; };`,
  'the species of promises': `const C = class extends Promise {}; Object.defineProperty(Promise, Symbol.species, { configurable: true, get: () => C });`,
  'its frame, by direct eval': `const f = async () => { eval('$F.leave(); $F.give(); $F.give()'.replaceAll('F', 'frame')); await 0; eval('$F.take(1); $F.take(1); $F.leave(); $F.restore()'.replaceAll('F', 'frame')); }; await f();
    for (const code of ['$F.__proto__.take = 1', '$F.take = 1', 'Object.getPrototypeOf($F).take = 1']) { try { eval(code.replaceAll('F', 'frame')); } catch {} }`,
  'the stack': `const deep = () => v.run('x', deep); try { deep(); } catch {} const deeper = () => { deeper(); }; try { als.run('x', deeper); } catch {}`,
  'what a store is': `const evil = new Proxy({}, { get() { throw 1; } }); await als.run(evil, async () => { await 0; }); v.run(evil, () => v.get());`,
};

describe('a guest that tampers with', () => {
  it.each(Object.entries(TAMPERED))('%s gets no other value', async (_what, code) => {
    const { own, probe } = await seenBy(
      `${code} see(); await 0; see(); await Promise.resolve().then(() => see());`,
    );
    for (const name of TASKS) {
      expect(own[name]!.length).toBeGreaterThan(0);
      for (const value of own[name]!) expect(value).toMatch(new RegExp(`^${name}$|^none`));
    }
    expect(probe).toEqual([]);
  });

  it('a hook that throws ends its run', async () => {
    const result = await runModule(`import { createHook } from 'node:async_hooks';
      createHook({ init() { throw new RangeError('of a hook'); } }).enable();
      await new Promise((r) => setTimeout(r, 1));
      await new Promise(() => {});`);
    expect(result).toMatchObject({ exitReason: 'Exception', error: { message: 'of a hook' } });
  });
});
