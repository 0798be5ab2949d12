import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultOf } from './downlevel-harness.ts';

interface Step {
  do: string;
  steps?: Step[];
}

const LEAVES = ['value', 'reject', 'timer', 'micro', 'then', 'host', 'thenable', 'enter', 'eval'];
const BRANCHES = [
  'run',
  'call',
  'all',
  'spawn',
  'catch',
  'throw',
  'generate',
  'leave',
  'hold',
  'arrow',
];

const { step } = fc.letrec<{ step: Step }>((tie) => ({
  step: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({ do: fc.constantFrom(...LEAVES) }),
    fc.record({
      do: fc.constantFrom(...BRANCHES),
      steps: fc.array(tie('step'), { minLength: 1, maxLength: 3 }),
    }),
  ),
}));

/** Runs a tree; every place knows which values it has to see. */
const INTERPRETER = `
  import { AsyncLocalStorage } from 'node:async_hooks';
  const v = new AsyncContext.Variable(), als = new AsyncLocalStorage(), wrong = [], probe = [];
  let next = 0, seen = 0, running = true;
  // Both are set together, and the task carries what they have to be.
  const check = (task, where) => { seen++; if (v.get() !== task.id || als.getStore() !== task.store) wrong.push([where, task.id, v.get() ?? null, als.getStore() ?? null]); };
  const wait = () => new Promise((r) => setTimeout(r, 0));
  const within = (run) => { const task = { id: ++next, store: next }; return v.run(task.id, () => als.run(task.store, () => run(task))); };
  const all = async (task, steps) => { for (const s of steps) await one(task, s); };
  const one = async (task, { do: what, steps }) => { check(task, 'start ' + what); await DO[what](task, steps); check(task, what); };
  async function* stream(task, steps) { try { for (const s of steps) { await one(task, s); yield s; check(task, 'yielded'); } } finally { check(task, 'closing'); await 0; check(task, 'closed'); } }
  const DO = {
    value: () => 0,
    reject: async (t) => { try { await Promise.reject(1); } catch { check(t, 'caught'); } },
    timer: async (t) => { await wait(); check(t, 'waited'); },
    micro: (t) => new Promise((r) => queueMicrotask(() => { check(t, 'micro'); r(); })),
    then: (t) => Promise.reject(1).catch(() => check(t, 'catch')).finally(() => check(t, 'finally')),
    host: async () => { await crypto.subtle.digest('SHA-1', new Uint8Array(1)); },
    thenable: async (t) => { await { then(r) { if (v.get() !== undefined) wrong.push('thenable'); r(); } }; check(t, 'thenable'); },
    enter: async (t) => { await 0; als.enterWith('e' + t.id); const inner = { id: t.id, store: 'e' + t.id }; check(inner, 'entered'); await 0; check(inner, 'after'); als.enterWith(t.store); },
    eval: async (t) => { await (0, eval)('(async (f) => { await 0; f(); })')(() => { if (v.get() !== undefined || als.getStore() !== undefined) wrong.push('eval'); }); },
    run: (t, steps) => within((inner) => all(inner, steps)),
    call: async (t, steps) => { await all(t, steps); check(t, 'called'); await all(t, steps); },
    all: async (t, steps) => { await Promise.all(steps.map((s) => one(t, s))); },
    spawn: async (t, steps) => { await Promise.allSettled(steps.map((s) => within((inner) => one(inner, s)))); },
    catch: async (t, steps) => { try { await all(t, steps); throw 1; } catch { check(t, 'catch'); await 0; } finally { check(t, 'finally'); } },
    throw: (t, steps) => within(async (inner) => { await all(inner, steps); throw 1; }).catch(() => check(t, 'thrown')),
    generate: async (t, steps) => { for await (const s of stream(t, steps)) { check(t, 'step'); await 0; } check(t, 'end'); },
    leave: async (t, steps) => { const inner = within((i) => ({ i, it: stream(i, steps) })); for await (const s of { [Symbol.asyncIterator]: () => ({ next: () => v.run(inner.i.id, () => als.run(inner.i.store, () => inner.it.next())), return: () => v.run(inner.i.id, () => inner.it.return()) }) }) { check(t, 'left'); break; } check(t, 'leave'); },
    hold: async (t, steps) => { { await using a = { async [Symbol.asyncDispose]() { check(t, 'dispose'); await 0; check(t, 'disposed'); } }; await all(t, steps); } check(t, 'let go'); },
    arrow: async (t, steps) => { const f = async (s) => await one(t, s); for (const s of steps) await f(s); },
  };
  const look = () => { if (v.get() !== undefined || als.getStore() !== undefined) probe.push([v.get() ?? null, als.getStore() ?? null]); };
  const watched = (0, eval)('(async (on, look, wait) => { while (on()) { await 0; look(); await wait(); look(); } })')(() => running, look, wait);
  for (const trees of TREES) { await Promise.all(trees.map((t) => within((task) => one(task, t)))); look(); }
  running = false; await watched;
  export default { wrong, probe, seen };`;

it('a task never sees the value of another', async () => {
  const batch = fc.array(fc.array(step, { minLength: 2, maxLength: 5 }), {
    minLength: 1,
    maxLength: 8,
  });
  let total = 0;
  await fc.assert(
    fc.asyncProperty(batch, async (trees) => {
      const source = INTERPRETER.replace('TREES', () => JSON.stringify(trees));
      const { wrong, probe, seen } = (await defaultOf(source)) as {
        wrong: unknown;
        probe: unknown;
        seen: number;
      };
      total += seen;
      expect([wrong, probe]).toEqual([[], []]);
    }),
    { numRuns: 30 },
  );
  expect(total).toBeGreaterThan(1000);
});
