import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const ONLY = 'protocol/src/schema/typebox.ts';

it('typebox is read as one file, by every room', () => {
  const sources = globSync('*/{src,test}/**/*.ts', {
    exclude: ['**/node_modules/**', '**/generated/**'],
  });
  expect(sources.length).toBeGreaterThan(500);
  const others = sources.filter((file) => /from 'typebox(?:\/|')/.test(readFileSync(file, 'utf8')));
  expect(others).toEqual([ONLY]);
});

it('a process that checks what crosses a boundary loads no file of the package', () => {
  const program = `
    import { registerHooks } from 'node:module';
    const urls = [];
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
    await import('@cofferdam/protocol');
    console.log(urls.filter((url) => url.includes('/node_modules/')).length, urls.length > 10);`;
  const args = ['--input-type=module', '-e', program];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('0 true\n');
});
