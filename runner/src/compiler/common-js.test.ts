import { describe, expect, it } from 'vitest';
import { compileModule } from './module-source.ts';
import type { CompiledModule } from './compiled-module.ts';

function compiled(code: string, asyncContext = false): CompiledModule {
  const result = compileModule({ code, language: 'cjs', asyncContext });
  if (result.ok) return result.module;
  throw new Error(result.error.message);
}

/** Runs a module's function as the loader does. */
function run(code: string, asyncContext = false): unknown {
  const { code: text } = compiled(code, asyncContext);
  const module = { exports: {} };
  const factory = new Function(`return (${text}\n)`)() as (...given: unknown[]) => void;
  const required = (name: string) => `required ${name}`;
  factory.call(module.exports, module.exports, required, module, '/f', '/', () => 'imported');
  return module.exports;
}

describe('CommonJS', () => {
  it.each([
    [`require('a'); if (x) { require("b"); f(() => require('a')); }`, ['a', 'b']],
    [`require(name); require('a', 1); require(); require(''); x.require('c')`, ['a']],
    [`const text = "require('no')"; // require('no')\n/require('no')/;`, []],
    [`exports.x = 1`, []],
    [`${'// a long text\n'.repeat(80_000)}var y = require ( "large" );`, ['large']],
  ])('may require what its source names: %#', (code, names) => {
    const { kind, deps } = compiled(code);
    expect(kind).toBe('cjs');
    expect(deps.map(({ specifier }) => specifier)).toEqual(names);
  });

  it('exports by names that are found without running it', () => {
    const { own } = compiled(
      `exports.a = 1; module.exports.b = 2; Object.defineProperty(exports, 'c', { value: 3 });`,
    );
    expect(own.toSorted()).toEqual(['a', 'b', 'c', 'default']);
  });

  it('runs as a function of its own, sloppy, with import() and its columns', () => {
    const code = `exports.all = [this === exports, typeof require('a'), 010, import('x'), arguments.length]; return; broken();`;
    expect(run(code)).toEqual({ all: [true, 'string', 8, 'imported', 6] });
    const { code: text, firstColumn } = compiled(code);
    expect(text.slice(firstColumn).indexOf('return;')).toBe(code.indexOf('return;'));
  });

  it('is an ES module where it has the syntax of one', () => {
    expect(compiled(`import a from 'a'; export const b = a;`)).toMatchObject({
      kind: 'sync',
      deps: [{ specifier: 'a' }],
    });
    expect(compiled(`await null;`).kind).toBe('async');
  });

  it('keeps to its function', () => {
    for (const code of [
      `} , evil(), function () {`,
      `}); evil(); (function () {`,
      `/*`,
      `\`${'${'}`,
    ]) {
      expect(compileModule({ code, language: 'cjs', asyncContext: false }).ok).toBe(false);
    }
  });

  it('is written out for async context, functions of its own only', () => {
    const { code } = compiled(`module.exports = async (f) => { await null; return f(); };`, true);
    expect(code).toMatch(/^function \(exports,/);
    expect(code).toContain('__async_frame__');
  });

  it.each([`const = 1`, `let a; let a;`, `import('a'`])(
    'that does not parse is an error: %s',
    (code) => {
      const result = compileModule({ code, language: 'cjs', asyncContext: false });
      expect(result).toMatchObject({ ok: false, error: { name: 'SyntaxError' } });
    },
  );
});
