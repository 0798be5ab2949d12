import * as nodeHooks from 'node:async_hooks';
import { expect, it } from 'vitest';
import { defaultOf, runModule } from './downlevel-harness.ts';

type Body = (hooks: object) => Promise<unknown>;
const AsyncFunction = (async () => {}).constructor as new (name: string, body: string) => Body;

/** Bodies that answer the same in Node, whose own async_hooks the shim stands for. */
const AS_NODE = [
  `const a = new hooks.AsyncLocalStorage(), log = []; const see = () => log.push(a.getStore()); see(); const r = a.run(1, (x, y) => { see(); return x + y; }, 2, 3); log.push(r); see(); a.exit(() => see()); await a.run({ n: 1 }, async () => { await 0; see(); a.exit(see); see(); }); see(); return log;`,
  `const a = new hooks.AsyncLocalStorage(), log = []; const see = () => log.push(a.getStore()); await (async () => { await 0; a.enterWith(1); see(); await 0; see(); setTimeout(see, 0); a.enterWith(2); await new Promise((r) => setTimeout(r, 3)); see(); })(); see(); return log;`,
  `const a = new hooks.AsyncLocalStorage(), log = []; a.run(1, () => { a.enterWith(2); log.push(a.getStore()); }); log.push(a.getStore()); a.run(3, () => { a.disable(); log.push(a.getStore()); a.run(4, () => log.push(a.getStore())); }); log.push(a.getStore()); return log;`,
  `const a = new hooks.AsyncLocalStorage({ defaultValue: 'd', name: 'n' }); return [a.name, a.getStore(), a.run(undefined, () => a.getStore()), a.run(1, () => a.getStore()), new hooks.AsyncLocalStorage().name];`,
  `const a = new hooks.AsyncLocalStorage(); const f = a.run(1, () => hooks.AsyncLocalStorage.bind((x, y) => [a.getStore(), x, y])), s = a.run(2, () => hooks.AsyncLocalStorage.snapshot()); return a.run(3, () => [f(4, 5), s((x) => [a.getStore(), x], 6), f.length]);`,
  `const a = new hooks.AsyncLocalStorage(), b = new hooks.AsyncLocalStorage(); return a.run(1, () => b.run(2, async () => { await 0; return a.run(3, async () => { await 0; return [a.getStore(), b.getStore()]; }); }));`,
  `const a = new hooks.AsyncLocalStorage(); const log = []; try { a.run(1, () => { throw 1; }); } catch { log.push(a.getStore()); } await a.run(2, async () => { try { await a.run(3, async () => { await 0; throw 1; }); } catch { log.push(a.getStore()); } }); return log;`,
  `const r = new hooks.AsyncResource('T', { triggerAsyncId: 7 }), a = new hooks.AsyncLocalStorage(); const q = a.run(1, () => new hooks.AsyncResource('U', 8)); return [r.triggerAsyncId(), q.triggerAsyncId(), q.asyncId() > r.asyncId(), q.runInAsyncScope(function (x) { return [this.k, x, a.getStore(), hooks.executionAsyncId() === q.asyncId(), hooks.triggerAsyncId(), hooks.executionAsyncResource() === q]; }, { k: 'v' }, 2), q.emitDestroy() === q, q.bind((a, b, c) => 1).length];`,
  `const name = (f) => { try { f(); return 'none'; } catch (e) { return [e.name, e.code]; } }; return [name(() => new hooks.AsyncResource()), name(() => new hooks.AsyncResource('x', -2)), name(() => hooks.createHook({ init: 1 }))];`,
  `const log = [], r = new hooks.AsyncResource('before'); const hook = hooks.createHook({ init(id, type, trigger, res) { if (type === 'Mine') log.push(['init', type, trigger === hooks.executionAsyncId(), typeof res, this === hook]); }, before(id) { log.push('before'); }, after(id) { log.push('after'); }, destroy(id) {} }); log.push(hook.enable() === hook); const m = new hooks.AsyncResource('Mine'); m.runInAsyncScope(() => log.push('run')); try { m.runInAsyncScope(() => { throw 1; }); } catch { log.push('caught'); } log.push(hook.disable() === hook); new hooks.AsyncResource('Mine').runInAsyncScope(() => 0); return log;`,
];

it.each(AS_NODE.map((body, index) => ({ index, body })))(
  'is as in Node: $index',
  async ({ body }) => {
    const source = `import * as hooks from 'node:async_hooks';
    export default await (async () => { ${body} })();`;
    const ours = await defaultOf(source);
    const theirs = await new AsyncFunction('hooks', body)(nodeHooks);
    expect(ours).toEqual(JSON.parse(JSON.stringify(theirs)));
  },
);

it('tags resources across setTimeout', async () => {
  const { logs } = await runModule(`
    import { createHook, executionAsyncResource } from 'node:async_hooks';
    const hook = createHook({
      init(asyncId, type, triggerAsyncId, resource) { resource.tag = type + '#' + asyncId; },
      before() { console.log(executionAsyncResource().tag ?? null); },
    }).enable();
    setTimeout(() => {
      console.log(executionAsyncResource().tag);
      hook.disable();
    }, 0);
    await new Promise((resolve) => setTimeout(resolve, 5));`);
  const lines = logs.map(({ message }) => message);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^Timeout#\d+$/);
  expect(lines[1]).toBe(lines[0]);
});

it('tells hooks of timers, microtasks, promises and their ends', async () => {
  const seen = await defaultOf(`
    import { createHook, executionAsyncId, triggerAsyncId } from 'node:async_hooks';
    const log = [], names = new Map(); let on = true;
    const say = (what) => (id) => { if (on && names.has(id)) log.push(what + ' ' + names.get(id)); };
    const hook = createHook({ init(id, type, trigger) { if (on) { names.set(id, type); log.push('init ' + type + ' ' + (trigger === executionAsyncId())); } },
      before: say('before'), after: say('after'), destroy: say('destroy'), promiseResolve: say('resolve') }).enable();
    setTimeout(() => log.push('timer'), 0);
    queueMicrotask(() => log.push('micro'));
    Promise.resolve().then(() => log.push('then'));
    on = false;
    const self = executionAsyncId();
    const inside = await new Promise((r) => setTimeout(() => { on = true; }, 1) && setTimeout(() => { on = false; r([executionAsyncId() !== self, triggerAsyncId() === self]); }, 2));
    hook.disable();
    export default { log, inside };`);
  expect(seen).toEqual({
    log: [
      'init Timeout true',
      'init Microtask true',
      'init PROMISE true',
      'micro',
      'then',
      'timer',
    ],
    inside: [true, true],
  });
});

it('nests before and after, whatever throws', async () => {
  const log = await defaultOf(`
    import { createHook } from 'node:async_hooks';
    const log = []; let depth = 0, most = 0;
    const hook = createHook({ before() { most = Math.max(most, ++depth); }, after() { depth--; } }).enable();
    const f = async (n) => { await 0; if (n) { try { await f(n - 1); } finally { await 0; } } throw new Error('x'); };
    async function* g() { try { yield 1; await 0; yield 2; } finally { await 0; } }
    await Promise.allSettled([f(3), f(2), Promise.reject(1).finally(() => {}), Promise.resolve().then(() => { throw 1; })]);
    for await (const x of g()) if (x === 2) break;
    await new Promise((r) => setTimeout(r, 0));
    hook.disable();
    export default [depth, most > 0];`);
  // The code that disables the hook is itself between a before and its after.
  expect(log).toEqual([1, true]);
});
