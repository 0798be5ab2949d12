import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';
import { embedder, type Files } from './runtime-embedder.ts';

const keeper = new RuntimeKeeper();
beforeAll(() => keeper.warm());
afterAll(() => keeper.close());

/** What evaluating a text with these modules leaves in `seen`, or how it ended. */
async function seen(code: string, files: Files, timeMs = 10_000) {
  const runtime = await (await embedder({ keeper, files })).open();
  await runtime.value('globalThis.seen = []');
  const outcome = await runtime.eval(code, { filename: '/app/main.js', timeMs });
  return { outcome, seen: await runtime.value('export default seen'), runtime };
}

describe("a runtime's modules", () => {
  it('are asked for by level, compiled once and evaluated once', async () => {
    const files = {
      '/app/a.js': 'import "./shared.js"; import { b } from "./b.ts"; seen.push("a" + b);',
      '/app/b.ts': 'import "./shared.js"; export const b: number = 1; seen.push("b");',
      '/app/shared.js': 'seen.push("shared");',
    };
    const host = await embedder({ keeper, files });
    const runtime = await host.open();
    await runtime.value('globalThis.seen = []; export default 1');
    await runtime.value('import "./a.js"; import "./b.ts"; seen.push("main")');
    await runtime.value('import "./a.js"; seen.push("again")');
    expect(await runtime.value('export default seen')).toEqual([
      'shared',
      'b',
      'a1',
      'main',
      'again',
    ]);
    const asked = host.queries.map(({ wanted }) => wanted.map(({ specifier }) => specifier));
    expect(asked).toEqual([
      ['./a.js', './b.ts'],
      ['./shared.js', './b.ts', './shared.js'],
      ['./a.js'],
    ]);
    expect(host.queries[1]!.wanted[0]!.importer).toEqual({ path: '/app/a.js', resolveDir: '/app' });
    expect(host.sourced).toHaveLength(3);
    const next = await host.open();
    await next.value('globalThis.seen = []; export default 1');
    await next.value('import "./a.js"');
    expect(await next.value('export default seen')).toEqual(['shared', 'b', 'a1']);
    expect(host.sourced).toHaveLength(3);
  });

  it('have live bindings, in cycles too, and functions of a cycle before its bodies have run', async () => {
    const { seen: log } = await seen(
      `import { count, add } from './a.js'; import * as a from './a.js'; import { even } from './even.js';
       seen.push(count); add(); seen.push(count, a.count, even(10));`,
      {
        '/app/a.js': 'export let count = 1; export function add() { count++ }',
        '/app/even.js':
          'import { odd } from "./odd.js"; export function even(n) { return n === 0 || odd(n - 1) }',
        '/app/odd.js':
          'import { even } from "./even.js"; seen.push(even(0)); export function odd(n) { return n !== 0 && even(n - 1) }',
      },
    );
    expect(log).toEqual([true, 1, 2, 2, true]);
  });

  it('may pass on what has no value yet', async () => {
    const { seen: log } = await seen("import './a.js'; import b from './b.js'; seen.push(b)", {
      '/app/a.js': 'export { default } from "./b.js"; seen.push("a");',
      '/app/b.js': 'import "./c.js"; export default "b";',
      '/app/c.js': 'import "./b.js"; export { default } from "./b.js"; seen.push("c");',
    });
    expect(log).toEqual(['c', 'a', 'b']);
  });

  it('say what is used before it has a value', async () => {
    const { outcome } = await seen("import './a.js'", {
      '/app/a.js': 'import { b } from "./b.js"; export const a = b;',
      '/app/b.js': 'import { a } from "./a.js"; export const b = a;',
    });
    expect(outcome.error).toMatchObject({ name: 'ReferenceError' });
    expect(outcome.error?.message).toContain('before initialization');
  });

  it('are evaluated in order, and side by side where they await', async () => {
    const { seen: log } = await seen(
      "import './a.js'; import './b.js'; import './c.js'; seen.push('main')",
      {
        '/app/a.js':
          'seen.push("a"); await new Promise((next) => setTimeout(next, 30)); seen.push("a after");',
        '/app/b.js': 'import "./a.js"; seen.push("b");',
        '/app/c.js': 'seen.push("c"); await 1; seen.push("c after");',
      },
    );
    expect(log).toEqual(['a', 'c', 'c after', 'a after', 'b', 'main']);
  });

  it('run at once where nothing awaits', async () => {
    const { seen: log } = await seen("import './a.js'; import './b.js'; seen.push('main')", {
      '/app/a.js': 'Promise.resolve().then(() => seen.push("later")); seen.push("a");',
      '/app/b.js': 'import "./a.js"; seen.push("b");',
    });
    expect(log).toEqual(['a', 'b', 'main', 'later']);
  });

  it('that fail fail for everybody who imports them, and are not run again', async () => {
    const files = {
      '/app/bad.js': 'seen.push("bad"); throw globalThis.why = new Error("bad")',
      '/app/late.js': 'seen.push("late"); await 1; throw new Error("late")',
      '/app/after.js': 'seen.push("after")',
      '/app/on.js': 'import "./late.js"; seen.push("never")',
    };
    const { outcome, runtime } = await seen("import './bad.js'; import './after.js'", files);
    expect(outcome).toMatchObject({ exitReason: 'Exception', error: { message: 'bad' } });
    const again = `const caught = await import('./bad.js').catch((error) => error); export default caught === why`;
    expect(await runtime.value(again)).toBe(true);
    expect((await runtime.eval("import './on.js'")).error?.message).toBe('late');
    expect((await runtime.eval("import './on.js'")).error?.message).toBe('late');
    expect(await runtime.value("import './after.js'; export default seen")).toEqual([
      'bad',
      'late',
      'after',
    ]);
  });

  it('can be imported at run time', async () => {
    const { outcome, runtime } = await seen('export default 1', {
      '/app/lib/a.js': 'export const name = "./b.js"; export const b = import(name);',
      '/app/lib/b.js': 'export default import.meta.url; export const then = undefined;',
      '/app/thenable.js': 'export function then(resolve) { resolve("then") } export const x = 1',
    });
    expect(outcome.exitReason).toBe('Completed');
    expect(
      await runtime.value("export default (await (await import('./lib/a.js')).b).default"),
    ).toBe('file:///app/lib/b.js');
    expect(await runtime.value("export default await import('./thenable.js')")).toBe('then');
    expect(await runtime.value("import { x } from './thenable.js'; export default x")).toBe(1);
    const refused = 'export default await import(Symbol()).catch((error) => error.name)';
    expect(await runtime.value(refused)).toBe('TypeError');
    const absent = `export default await import('./absent.js').catch((error) => error.message)`;
    expect(await runtime.value(absent)).toContain('there is no such module');
    const inTwo = `const [a, b] = await Promise.all([import('./lib/b.js'), import('./lib/b.js')]); export default a === b`;
    expect(await runtime.value(inTwo)).toBe(true);
  });

  it('are linked by name: what nobody exports is a SyntaxError before anything runs', async () => {
    const files = {
      '/app/a.js': 'seen.push("a"); export const a = 1;',
      '/app/b.js': 'export const a = 2; export const b = 3;',
      '/app/stars.js':
        'export * from "./a.js"; export * from "./b.js"; export { a as first } from "./a.js";',
      '/app/own.js': 'export * from "./a.js"; export const a = "own";',
      '/app/loop.js': 'export * from "./loop2.js"; export const one = 1;',
      '/app/loop2.js': 'export * from "./loop.js"; export const two = 2;',
    };
    const { outcome, runtime, seen: log } = await seen("import { nope } from './a.js'", files);
    expect(outcome).toMatchObject({ exitReason: 'Exception', error: { name: 'SyntaxError' } });
    expect(outcome.error?.message).toContain("no export named 'nope'");
    expect(log).toEqual([]);
    const ambiguous = await runtime.eval("import { a } from './stars.js'; a");
    expect(ambiguous.error?.message).toContain("several exports named 'a'");
    const names = `import * as stars from './stars.js'; import { a } from './own.js'; import * as loop from './loop.js';
      export default [Object.keys(stars), a, stars.first, Object.keys(loop), loop.two]`;
    expect(await runtime.value(names)).toEqual([['b', 'first'], 'own', 1, ['one', 'two'], 2]);
  });

  it('have namespaces that nobody can change', async () => {
    const { outcome } = await seen(
      `import * as ns from './a.js';
       const tries = [() => { ns.a = 2 }, () => { ns.b = 1 }, () => { delete ns.a }, () => Object.defineProperty(ns, 'a', { value: 1 })];
       const refused = tries.map((attempt) => { try { attempt(); return 'no' } catch (error) { return error.name } });
       export default [refused, Object.getPrototypeOf(ns), Object.prototype.toString.call(ns), Object.keys(ns),
         ns.default.name, Object.isExtensible(ns)]`,
      { '/app/a.js': 'export let a = 1; export default function () {} export { a as "odd name" }' },
    );
    expect(JSON.parse(outcome.value!)).toEqual([
      ['TypeError', 'TypeError', 'TypeError', 'TypeError'],
      null,
      '[object Module]',
      ['a', 'default', 'odd name'],
      'default',
      false,
    ]);
  });

  it('may be JSON, JSX and TypeScript with types that are only types', async () => {
    const { outcome } = await seen(
      `import data from './data.json'; import { el } from './view.tsx'; export default [data, el]`,
      {
        '/app/data.json': '{"__proto__": 1, "a": [true]}',
        '/app/view.tsx': `import { Props } from './types.ts'; import { jsx } from 'react/jsx-runtime';
          const props: Props = { id: 'x' }; export const el = [<b id={props.id}>t</b>, typeof jsx];`,
        '/app/types.ts': 'export interface Props { id: string }',
        'react/jsx-runtime': 'export const jsx = (tag, props) => ({ tag, props });',
      },
    );
    expect(outcome.value).toBe(
      '[{"__proto__":1,"a":[true]},[{"tag":"b","props":{"id":"x","children":"t"}},"function"]]',
    );
    const broken = await seen("import './a.json'", { '/app/a.json': '{' });
    expect(broken.outcome).toMatchObject({ exitReason: 'CompileError' });
    expect(broken.outcome.error?.message).toContain('/app/a.json: Not JSON');
  });

  it('have the positions of their authors in stacks, across files', async () => {
    const { outcome } = await seen("import { fail } from './lib.ts';\n\nawait fail({ a: 1 });", {
      '/app/lib.ts': `import { thrower } from './thrower.js';
interface Many { a: number }

export async function fail(many: Many): Promise<void> {
  await null;
  thrower(many.a);
}`,
      '/app/thrower.js': 'export const thrower = (a) => {\n  return a.b.c;\n};',
    });
    expect(outcome.error?.stack?.split('\n').slice(1)).toEqual([
      '    at thrower (/app/thrower.js:2:14)',
      '    at fail (/app/lib.ts:6:3)',
      '    at async /app/main.js:3:1',
    ]);
  });

  it('name what was imported as their authors do', async () => {
    const { outcome } = await seen("import { a } from './a.js'; a()", {
      '/app/a.js': 'export const a = 1',
    });
    expect(outcome.error?.message).toBe('a is not a function');
  });

  it('may use the names of the transform', async () => {
    const { outcome } = await seen(
      `import { __vite_ssr_import__ as other } from './a.js';
       const __vite_ssr_exports__ = 1; const __vite_ssr_import_0__ = 2; const Object = 3;
       export const x = 1;
       export default [other, __vite_ssr_exports__, __vite_ssr_import_0__, "__vite_ssr_import__(", Object]`,
      { '/app/a.js': 'export const __vite_ssr_import__ = "mine"' },
    );
    expect(JSON.parse(outcome.value!)).toEqual(['mine', 1, 2, '__vite_ssr_import__(', 3]);
  });

  it('are not there where the embedder has none', async () => {
    const host = await embedder({ keeper, files: { '/app/a.js': '1' } });
    const bindings = { console: true, fetch: false, files: false, modules: false, tools: [] };
    const runtime = await host.open({ bindings });
    const { error } = await runtime.eval("import './a.js'");
    expect(error?.message).toBe("Cannot import './a.js': the host gave no modules");
    const caught = "export default await import('./a.js').catch((error) => error.message)";
    expect(await runtime.value(caught)).toBe("Cannot import './a.js': the host gave no modules");
    expect(host.queries).toEqual([]);
  });

  it('survive an embedder that answers nonsense', async () => {
    const answers: unknown[] = [
      { modules: [] },
      { modules: [{ path: '/a', resolveDir: '/', filename: '/a.js', digest: 'x' }] },
      { modules: [{ path: '/a', resolveDir: '/', filename: '/a.js', digest: 'a'.repeat(64) }] },
      'no',
    ];
    const host = await embedder({ keeper, resolve: () => answers.shift() });
    const runtime = await host.open();
    for (let i = 0; i < 4; i++) {
      const outcome = await runtime.eval("import './a.js'");
      expect(outcome).toMatchObject({ exitReason: 'Exception', ended: false });
    }
    expect(await runtime.value('export default 1')).toBe(1);
  });

  it('may be chained deeper than a stack, and not beyond what a runtime holds', async () => {
    const files: Files = {};
    for (let i = 0; i < 900; i++)
      files[`/app/m${i}.js`] = `import './m${i + 1}.js'; seen.push(${i})`;
    files['/app/m900.js'] = 'await 1; seen.push("end")';
    const { outcome, seen: log } = await seen("import './m0.js'", files, 50_000);
    expect(outcome.exitReason).toBe('Completed');
    expect((log as unknown[]).slice(0, 2)).toEqual(['end', 899]);
    const many = Array.from({ length: 4_100 }, (_, i) => `import './n${i}.js'`).join('\n');
    const wide = Object.fromEntries(Array.from({ length: 4_100 }, (_, i) => [`/app/n${i}.js`, '']));
    const { outcome: refused } = await seen(many, wide, 50_000);
    expect(refused.error?.message).toContain('at most 4096 modules');
  }, 60_000);
});
