import { describe, expect, it } from 'vitest';
import type { ModuleLanguage } from './compiled-module.ts';
import { compileModule } from './module-source.ts';

function compile(code: string, language: ModuleLanguage = 'js') {
  return compileModule({ code, language, asyncContext: false });
}

function compiled(code: string, language?: ModuleLanguage) {
  const result = compile(code, language);
  if (result.ok) return result.module;
  throw new Error(result.error.message);
}

describe('compileModule', () => {
  it('says what a module takes and gives', () => {
    const module = compiled(`import d, { a as b } from "x"; import * as n from "n"; import "side";
      export { e as "odd name" } from "e"; export * from "st"; export * as ns from "ns";
      export default b; export const { k, l: [m] } = n; export { d as dd };`);
    expect(module.deps).toEqual([
      { specifier: 'x', names: ['default', 'a'] },
      { specifier: 'n', names: [] },
      { specifier: 'side', names: [] },
      { specifier: 'e', names: ['e'] },
      { specifier: 'st', names: [] },
      { specifier: 'ns', names: [] },
    ]);
    expect(module.own.toSorted()).toEqual(['dd', 'default', 'k', 'm', 'ns', 'odd name']);
    expect(module.stars).toEqual(['st']);
  });

  it.each([
    ['x', 'sync'],
    ['await x', 'async'],
    ['for await (const y of x);', 'async'],
    ['await using y = x', 'async'],
    ['class A { [await x] = 1 }', 'async'],
    ['class A { static { (async () => { await x })() } async m() { await x } }', 'sync'],
    ['async function f() { for await (const y of x) await y }', 'sync'],
    ['const await1 = 1; "await x"; // await', 'sync'],
    ['arguments; async () => await x', 'sync'],
  ])('knows whether a module awaits: %s', (code, kind) => {
    expect(compiled(code).kind).toBe(kind);
  });

  it('leaves `arguments` to the functions that have them', () => {
    const { code } = compiled(
      'typeof arguments; (() => arguments)(); x.arguments; ({ arguments: 1 }); function f() { return arguments }',
    );
    expect(code.match(/\barguments\b/g)).toHaveLength(3);
  });

  it.each([
    ['js', 'let x: number'],
    ['ts', 'let x: = 1'],
    ['json', '{a: 1}'],
    ['js', 'return 1'],
    ['js', 'await: 1'],
    ['js', 'new.target'],
    ['js', 'super.x'],
    ['js', 'with (x) y'],
    ['js', '010'],
    ['js', 'let a; let a'],
    ['js', 'x\n-->y'],
    ['js', 'export { nope }'],
  ] as const)('refuses what the language does: %s %s', (language, code) => {
    expect(compile(code, language)).toMatchObject({ ok: false, error: { name: 'SyntaxError' } });
  });

  it('says where', () => {
    const result = compile('let a = 1;\n  let b = ;', 'ts');
    expect(result).toMatchObject({ ok: false, error: { line: 2 } });
  });

  it('keeps what looks like a comment of HTML in texts', () => {
    const { code } = compiled(
      'export const html = `<!-- a --> ${"-->"}`; let i = 3; while (i --> 0);',
    );
    expect(code).toContain('`<!-- a --> ${"-->"}`');
    expect(compiled('let x, y; x<!--y').code).toContain('x < !--y');
  });

  it('takes megabytes of code with both words in it', () => {
    const functions = Array.from(
      { length: 20_000 },
      (_, i) => `async function f${i}() { await arguments[0]; return { a: [1, 2, "three"] } }`,
    );
    expect(compiled(functions.join('\n')).kind).toBe('sync');
  });
});
