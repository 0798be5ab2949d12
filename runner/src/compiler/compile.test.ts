import type { Language } from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { compile } from './compile.ts';

const compiled = (code: string, language: Language = 'auto') =>
  compile({ code, language, digest: 'd' });

/** Runs what was compiled, here: these sources are our own. */
async function run(code: string, language?: Language, input?: unknown): Promise<unknown> {
  const result = compiled(code, language);
  if (!result.ok) throw new SyntaxError(result.error.message);
  // eslint-disable-next-line no-eval -- what was compiled is our own
  const main = (0, eval)(`(${result.source.code})`) as (
    input: unknown,
    env: unknown,
  ) => Promise<unknown>;
  return main(input, {});
}

function problem(code: string, language?: Language) {
  const result = compiled(code, language);
  if (result.ok) throw new Error(`compiled: ${result.source.code}`);
  return result.error;
}

describe('a function body', () => {
  it('returns, with top-level await', async () => {
    expect(await run('return (await Promise.resolve(1)) + input', 'auto', 2)).toBe(3);
  });

  it('may declare what the runner passes', async () => {
    expect(await run('const input = 5; let env = 1; return input + env')).toBe(6);
  });

  it('may end in a comment, or be empty', async () => {
    expect(await run('return 1 // done')).toBe(1);
    expect(await run('')).toBeUndefined();
  });

  it.each([
    '}; evil(); async function x() {',
    '})(); (async function () {',
    '} ), (async function() {',
    '}}; {{',
  ])('cannot close the function that holds it: %s', (code) => {
    expect(problem(code).name).toBe('SyntaxError');
  });

  it('says line and column as the author counts', () => {
    expect(problem('const a = 1\nlet b = ;')).toMatchObject({ line: 2, column: 9 });
    expect(problem('let b = ;')).toMatchObject({ line: 1, column: 9 });
  });
});

describe('a module', () => {
  it('answers its exports', async () => {
    const source = `
      export const a = await Promise.resolve(1), { b, c: [d] } = { b: 2, c: [3] };
      export default a + b;
      export function f() { return f.name }
      let late = 4;
      export { late as renamed, d as 'a name' };
      late = 5;`;
    const exports = (await run(source)) as Record<string, unknown>;
    expect(Object.getPrototypeOf(exports)).toBeNull();
    expect(exports).toMatchObject({ a: 1, b: 2, d: 3, default: 3, renamed: 5, 'a name': 3 });
    expect((exports.f as () => string)()).toBe('f');
  });

  it.each([
    ['export default function named() { return 1 }\nexport const n = named()', { n: 1 }],
    ['export default function () { return 1 }\n(1)\nexport const n = 2', { n: 2 }],
    ['export default class {}\n[1]\nexport const n = 3', { n: 3 }],
    ['const $default = 1; export default $default; export const n = 4', { n: 4, default: 1 }],
    ['export const input = 5; export const n = input', { n: 5 }],
    ['const v = 1; export { v as __proto__ }; export const n = 6', { n: 6 }],
  ])('%s', async (source, exports) => {
    expect(await run(source)).toMatchObject(exports);
  });

  it('is strict', async () => {
    await expect(run('undeclared = 1; export default 1')).rejects.toThrow(ReferenceError);
  });

  it.each([
    ["import fs from 'fs'; export default 1", "Cannot import 'fs'"],
    ["import 'x'", "Cannot import 'x'"],
    ["export { x } from 'y'", "Cannot import 'y'"],
    ["export * from 'z'", "Cannot import 'z'"],
    ['export default import.meta.url', 'import.meta is not available'],
    ['export default 1; return 2', "'return'"],
    ['export default {', 'Expected'],
  ])('refuses %s', (source, message) => {
    expect(problem(source).message).toContain(message);
  });
});

describe('text that reads differently in two places', () => {
  it.each([
    '} + function () {',
    '} [0], function () {',
    // A regular expression behind a declaration, a division behind an expression.
    '} / "/.x, ")()} , globalThis.evil = 1 , async function () { return (function () //"\n {',
  ])('is no body: %s', (source) => {
    expect(problem(source, 'javascript').name).toBe('SyntaxError');
  });

  it('is refused as a module of JavaScript, and rewritten as one of TypeScript', async () => {
    const source = 'let x = 3, y = 2; export default x<!--y';
    expect(problem(source, 'javascript').message).toContain('HTML-like comments');
    expect(await run(source)).toMatchObject({ default: false });
    expect(await run('export default "<!-- x -->"')).toMatchObject({ default: '<!-- x -->' });
  });
});

describe('TypeScript', () => {
  it('is recognised by itself, in both forms', async () => {
    expect(await run('enum A { B = 7 }\nconst x: number = A.B\nreturn x as unknown')).toBe(7);
    expect(await run('interface I { n: number }\nexport default { n: 1 } satisfies I')).toEqual(
      expect.objectContaining({ default: { n: 1 } }),
    );
  });

  it('drops imports of types and nothing else', async () => {
    expect(await run("import type { A } from 'a'; export default 1 as A")).toMatchObject({
      default: 1,
    });
    expect(
      problem("import { A } from 'a'; export default A as any", 'typescript').message,
    ).toContain("Cannot import 'a'");
  });

  it('is refused where JavaScript was asked for', () => {
    expect(problem('const x: number = 1', 'javascript').line).toBe(1);
  });
});
