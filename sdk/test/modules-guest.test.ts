import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createModuleResolver, type ModuleResolver } from '../src/index.ts';
import { ownDaemon, runtimesOn } from './harness.ts';

const { folder, openHost } = ownDaemon();
const open = runtimesOn(openHost);
const OWN_PACKAGES = fileURLToPath(new URL('../../node_modules', import.meta.url));

async function guest(modules: ModuleResolver) {
  const { runtime } = await open({ bindings: { modules } });
  return (code: string, filename = '/app/entry.ts') => runtime.eval(code, filename);
}

/** A folder of packages, as an installer would have made it. */
function packages(files: Record<string, string>): ModuleResolver {
  const root = join(folder, `packages-${Math.random().toString(36).slice(2)}`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return createModuleResolver().mountNodeModules('/node_modules', root);
}

describe('modules of a resolver', () => {
  it('are TypeScript, JSX and JSON, in cycles, each once', async () => {
    const files: Record<string, string> = {
      'main.ts': `
        import type { Shape } from './types.ts';
        import { even } from './even';
        import data from './data.json';
        import { element } from './view.tsx';
        export const answer: Shape = { even: even(10), data: data.a, element };`,
      'types.ts': 'export interface Shape { even: boolean; data: number; element: unknown }',
      'even.ts': `import { odd } from './odd.js'; globalThis.loads = (globalThis.loads ?? 0) + 1;
        export const even = (n: number): boolean => n === 0 || odd(n - 1);`,
      'odd.ts': `import { even } from '@/even'; export const odd = (n: number): boolean => n !== 0 && even(n - 1);`,
      'data.json': '{ "a": 7 }',
      'view.tsx': `const React = { createElement: (tag: string) => tag }; export const element: string = 'view';`,
    };
    const run = await guest(createModuleResolver().sourceTree('@/', (path) => files[path] ?? null));
    const told = await run(`import { answer } from '@/main'; export default { ...answer, loads };`);
    expect(told).toEqual({ even: true, data: 7, element: 'view', loads: 1 });
    expect(await run(`await import('@/odd'); export default loads;`)).toBe(1);
  });

  it('show the author’s lines where they throw', async () => {
    const source = [
      'interface Unused {',
      '  a: string;',
      '}',
      'export function fail(text: string): never {',
      '  const reason: string = `no ${text}`;',
      '  throw new RangeError(reason);',
      '}',
    ].join('\n');
    const tree = createModuleResolver().sourceTree('/src/', (path) =>
      path === 'fail.ts' ? source : null,
    );
    const run = await guest(tree);
    const error = (await run(`\nimport { fail } from '/src/fail';\n\nfail('way');`).catch(
      (e: Error) => e,
    )) as Error;
    expect(error).toMatchObject({ name: 'RangeError', message: 'no way' });
    expect(error.stack).toContain('/src/fail.ts:6:9');
    expect(error.stack).toContain('/app/entry.ts:4:1');
  });

  it('that there are none of are an error that names them and who imports', async () => {
    const run = await guest(createModuleResolver().virtual('/app/a.ts', 'import "./none.ts";'));
    await expect(run(`import 'nothing';`)).rejects.toThrow(
      "Cannot find module 'nothing' imported from '/app/entry.ts'",
    );
    await expect(run(`import './a.ts';`)).rejects.toThrow(
      "Cannot find module './none.ts' imported from '/app/a.ts'",
    );
    await expect(run(`import 'node:child_process';`)).rejects.toThrow("none of Node's modules");
    const caught = `export default await import('nothing').catch((e) => e.message);`;
    expect(await run(caught)).toContain("Cannot find module 'nothing'");
  });

  it('may come from a file of the host', async () => {
    const file = join(folder, 'given.ts');
    writeFileSync(file, 'export const given: number = 3;');
    const run = await guest(
      createModuleResolver().virtualFile('given', file, { filename: 'g.ts' }),
    );
    expect(await run(`import { given } from 'given'; export default given;`)).toBe(3);
  });
});

describe('packages', () => {
  it('of a real node_modules work: one of ES modules, one of CommonJS', async () => {
    const run = await guest(createModuleResolver().mountNodeModules('/node_modules', OWN_PACKAGES));
    const told = await run(`
      import { parse, stringify } from 'yaml';
      import semver, { gte } from 'semver';
      import { createParser } from 'eventsource-parser';
      import { exports as lookUp } from 'resolve.exports';
      const seen = [];
      const parser = createParser({ onEvent: (event) => seen.push(event.data) });
      parser.feed('data: one\\n\\n');
      export default {
        greater: [semver.gt('1.2.3', '1.2.2'), gte('1.0.0', '2.0.0')],
        seen, found: lookUp({ name: 'a', exports: './x.js' }, '.'),
        yaml: parse(stringify({ a: [1, 'b'] })),
      };
    `).catch((error: Error) => error);
    expect(told).toEqual({
      greater: [true, false],
      seen: ['one'],
      found: ['./x.js'],
      yaml: { a: [1, 'b'] },
    });
  });
});

describe('CommonJS', () => {
  it('is required lazily, once, in cycles as Node’s, and imported by ES modules', async () => {
    const run = await guest(
      packages({
        'main/index.js': `
          exports.order = ['main']; const a = require('./a'); const b = require('./b');
          exports.done = [a.done, b.done, a.early]; exports.self = this === exports;
          exports.names = [__filename, __dirname, require === undefined, module.loaded, typeof module];
          if (exports.never) require('./never');
          exports.missing = (() => { try { require('missing'); } catch (e) { return [e.code, e.message]; } })();
          exports.node = (() => { try { require('fs'); } catch (e) { return e.message; } })();
          exports.data = require('./data.json'); exports.same = require('./a') === a;`,
        'main/a.js': `exports.done = false; const b = require('./b'); exports.early = b.done; exports.done = true;`,
        'main/b.js': `exports.done = false; const a = require('./a'); exports.seen = a.done; exports.done = true;`,
        'main/never.js': `globalThis.never = true;`,
        'main/data.json': `{"a":[1]}`,
        'fn/index.js': `module.exports = function fn() { return 'called'; }; module.exports.extra = 1;`,
        'flagged/index.js': `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'd'; exports.named = 'n';`,
        'sloppy/index.js': `var undeclared = 010; leaked = 5; with ({ w: 1 }) { exports.w = w; } exports.n = undeclared; return;`,
      }),
    );
    const told = await run(`
      import main, { order, done } from 'main';
      import fn, { extra } from 'fn';
      import flagged, { named } from 'flagged';
      import * as all from 'fn';
      import { w, n } from 'sloppy';
      export default {
        order, done, self: main.self, names: main.names, missing: main.missing, node: main.node, data: main.data,
        same: main.same, never: typeof never, fn: [fn(), extra, all.default === fn, Object.keys(all), Object.prototype.toString.call(all)],
        flagged: [flagged, named], sloppy: [w, n, leaked], again: (await import('main')).default === main,
      };
    `);
    expect(told).toEqual({
      order: ['main'],
      done: [true, true, true],
      self: true,
      names: ['/node_modules/main/index.js', '/node_modules/main', false, false, 'object'],
      missing: [
        'MODULE_NOT_FOUND',
        "Cannot find module 'missing' imported from '/node_modules/main/index.js'",
      ],
      node: expect.stringContaining("none of Node's modules") as string,
      data: { a: [1] },
      same: true,
      never: 'undefined',
      fn: ['called', 1, true, ['default', 'extra'], '[object Module]'],
      flagged: ['d', 'n'],
      sloppy: [1, 8, 5],
      again: true,
    });
  });

  it('may require ES modules that do not wait, and import others', async () => {
    const run = await guest(
      packages({
        'cjs/index.cjs': `
          const esm = require('esm'); exports.esm = [esm.default, esm.named, esm.__esModule, require('esm') === esm];
          exports.plain = require('plain').only;
          exports.waits = (() => { try { require('waits'); } catch (e) { return [e.code, e.message]; } })();
          exports.later = () => import('waits').then((m) => m.default);
          exports.thrown = [1, 2].map(() => { try { require('throws'); } catch (e) { return e; } });`,
        'cjs/package.json': `{"main":"index.cjs"}`,
        'esm/package.json': `{"type":"module"}`,
        'esm/index.js': `import { base } from './base.js'; export default base + 1; export const named = 'n';`,
        'esm/base.js': `export const base = 1;`,
        'plain/index.mjs': `export const only = 'plain';`,
        'plain/package.json': `{"exports":"./index.mjs"}`,
        'waits/index.mjs': `await null; export default 'waited';`,
        'waits/package.json': `{"exports":"./index.mjs"}`,
        'throws/index.js': `throw new TypeError('broken');`,
        'faux/package.json': `{"module":"es.js"}`,
        'faux/es.js': `export const isEs = true;`,
        'star/package.json': `{"type":"module"}`,
        'star/index.js': `export * from 'cjs-names'; export * from './own.js'`,
        'star/own.js': `export const own = 1;`,
        'cjs-names/index.js': `exports.one = 1; module.exports.two = 2;`,
      }),
    );
    const told = (await run(`
      import cjs from 'cjs'; import { isEs } from 'faux'; import { one, two, own } from 'star';
      import 'waits';
      const [first, second] = cjs.thrown;
      const failed = await import('throws').catch((e) => e);
      export default { esm: cjs.esm, plain: cjs.plain, waits: cjs.waits, later: await cjs.later(),
        thrown: [first.message, first === second, failed === first], isEs, star: [one, two, own] };
    `)) as object;
    expect(told).toEqual({
      esm: [2, 'n', true, true],
      plain: 'plain',
      waits: ['ERR_REQUIRE_ASYNC_MODULE', expect.stringContaining('/node_modules/waits/index.mjs')],
      later: 'waited',
      thrown: ['broken', true, true],
      isEs: true,
      star: [1, 2, 1],
    });
  });

  it('shows its lines where it throws, and what does not parse', async () => {
    const run = await guest(
      packages({
        'bad/index.js': `const x = 1;\n\nmodule.exports = () => { null.x; };`,
        'broken/index.js': `const = 1;`,
        'first/index.js': `module.exports = function f() { throw new Error('first'); }`,
      }),
    );
    const stack = async (code: string) => ((await run(code).catch((e: Error) => e)) as Error).stack;
    expect(await stack(`import bad from 'bad'; bad();`)).toContain(
      '/node_modules/bad/index.js:3:31',
    );
    expect(await stack(`import first from 'first'; first();`)).toContain(
      '/node_modules/first/index.js:1:39',
    );
    await expect(run(`import 'broken';`)).rejects.toThrow('/node_modules/broken/index.js');
  });

  it('follows async context where it is in use', async () => {
    const run = await guest(
      packages({
        'waits/index.js': `module.exports = async (read) => { await null; await null; return read(); };`,
      }),
    );
    const told = await run(`
      import { AsyncLocalStorage } from 'node:async_hooks';
      import waits from 'waits';
      const storage = new AsyncLocalStorage();
      export default await storage.run('kept', () => waits(() => storage.getStore()));
    `);
    expect(told).toBe('kept');
  });

  it('leads a hostile guest nowhere: a realm that is broken, names that are in no source', async () => {
    const run = await guest(
      packages({
        'evil/index.js': `
          var seen = 0;
          for (const name of ['requires', 'common', 'deps', '0', 'exports', 'then']) {
            Object.defineProperty(Object.prototype, name, { get() { seen++; }, set() { seen++; }, configurable: true });
          }
          Function.prototype.call = Function.prototype.apply = () => { throw new Error('evil'); };
          const b = require('./b');
          exports.computed = (() => { try { require('.' + '/b'.replace('b', 'c')); } catch (e) { return e.message; } })();
          exports.b = b.value2; exports.caller = (function f() { return f.caller.caller; })();
          exports.seen = seen;
          for (const name of ['requires', 'common', 'deps', '0', 'exports', 'then']) delete Object.prototype[name];`,
        'evil/b.js': `exports.value2 = 2; exports.scope = typeof entry + typeof linker + typeof core;`,
      }),
    );
    const told = await run(`import evil from 'evil'; export default { ...evil };`);
    expect(told).toEqual({
      computed: "Cannot find module './c': only what the source names can be required",
      b: 2,
      caller: null,
      seen: 0,
    });
  });
});
