import { describe, expect, it } from 'vitest';
import { readRequest } from './request.ts';

const MiB = 1024 * 1024;
const libraries = (...names: string[]) => ({
  code: '',
  libraryTypes: Object.fromEntries(names.map((name) => [name, ''])),
});

describe('a request', () => {
  it('may say everything that there is to say', () => {
    const request = {
      code: 'return 1',
      language: 'javascript',
      profile: 'agent',
      capabilities: ['tools'],
      libraryTypes: { zod: '', '@scope/some.thing/deep-er': '', 'a/b.js': '' },
      compilerOptions: { strict: false, noUnusedLocals: true },
    };
    expect(readRequest(request)).toEqual(request);
  });

  it.each([
    ['no code', {}],
    ['another field', { code: '', files: {} }],
    ['another profile', { code: '', profile: 'root' }],
    ['a preset and a profile', { code: '', preset: 'web', profile: 'agent' }],
    ['a preset and capabilities', { code: '', preset: 'web', capabilities: ['fetch'] }],
    ['an option that reads files', { code: '', compilerOptions: { typeRoots: ['/etc'] } }],
    ['an option that extends', { code: '', compilerOptions: { extends: '/etc/passwd' } }],
    ['an option that loads code', { code: '', compilerOptions: { plugins: [{ name: 'x' }] } }],
    ['paths', { code: '', compilerOptions: { paths: { '*': ['/*'] } } }],
    ['types', { code: '', compilerOptions: { types: ['node'] } }],
    ['an option of another type', { code: '', compilerOptions: { strict: '/etc' } }],
    ['a library above', libraries('../x')],
    ['a library further above', libraries('a/../../x')],
    ['a library at the root', libraries('/etc/passwd')],
    ['a library with a back slash', libraries('a\\..\\b')],
    ['a library with a line end', libraries('a\n')],
    ['a library without a name', libraries('')],
    ['a library of a name as long as a book', libraries('a'.repeat(215))],
    ['65 libraries', libraries(...Array.from({ length: 65 }, (_, i) => `l${i}`))],
    ['3 MiB of libraries', { code: '', libraryTypes: { a: 'x'.repeat(3 * MiB) } }],
    ['a prototype', JSON.parse('{"code":"","libraryTypes":{"__proto__":"x"}}')],
  ])('is refused with %s', (_what, request) => {
    expect(() => readRequest(request)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  });

  it('is refused with more than 1 MiB of code', () => {
    expect(() => readRequest({ code: 'é'.repeat(MiB) })).toThrow(
      expect.objectContaining({ code: 'CODE_TOO_LARGE' }),
    );
  });
});
