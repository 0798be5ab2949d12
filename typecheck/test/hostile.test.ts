import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTypechecker, type TypecheckRequest } from '../src/index.ts';
import { VirtualFiles } from '../src/inside/virtual-files.ts';

let folder: string;
const checker = createTypechecker();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-typecheck-'));
  const files = {
    'secret.d.ts': 'declare const SECRET: "in-the-file";',
    'secret.ts': 'export const SECRET: "in-the-file" = "in-the-file";',
    'secret.json': '{ "SECRET": "in-the-file" }',
    'tsconfig.json': '{ "compilerOptions": { "types": ["./secret"] } }',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
});
afterAll(async () => {
  checker.close();
  await rm(folder, { recursive: true });
});

describe('the host’s files', () => {
  it.each([
    ['a reference', '/// <reference path="DIR/secret.d.ts" />\nconst a: 1 = SECRET;'],
    [
      'a reference upwards',
      '/// <reference path="../../../..DIR/secret.d.ts" />\nconst a: 1 = SECRET;',
    ],
    [
      'a reference beside our declarations',
      '/// <reference path="/types/../DIR/secret.d.ts" />\nconst a: 1 = SECRET;',
    ],
    ['types', '/// <reference types="DIR/secret" />\nconst a: 1 = SECRET;'],
    ['an import', 'import { SECRET } from "DIR/secret"; const a: 1 = SECRET;'],
    ['an import with its ending', 'import { SECRET } from "DIR/secret.ts"; const a: 1 = SECRET;'],
    ['an import upwards', 'import { SECRET } from "../../../..DIR/secret"; const a: 1 = SECRET;'],
    ['an import by URL', 'import { SECRET } from "file://DIR/secret.ts"; const a: 1 = SECRET;'],
    ['JSON', 'import s from "DIR/secret.json" with { type: "json" }; const a: 1 = s.SECRET;'],
    ['an import type', 'const a: 1 = null! as typeof import("DIR/secret").SECRET;'],
    ['a dynamic import', 'const a: 1 = (await import("DIR/secret")).SECRET;'],
    ['require', 'import s = require("DIR/secret"); const a: 1 = s.SECRET;'],
    [
      'an export',
      'export * from "DIR/secret"; import { SECRET } from "DIR/secret"; const a: 1 = SECRET;',
    ],
    ['JSDoc', '/** @type {import("DIR/secret").SECRET} */\nconst a = 1; const b: 1 = SECRET;'],
    [
      'an augmentation',
      'declare module "DIR/secret" {} import { SECRET } from "DIR/secret"; const a: 1 = SECRET;',
    ],
  ])('are not read by %s', async (_what, template) => {
    const code = template.replaceAll('DIR', folder);
    const { success, errors } = await checker.check({ code });
    expect(success).toBe(false);
    expect(JSON.stringify(errors)).not.toContain('in-the-file');
  });

  it('are not read by a library either', async () => {
    const libraryTypes = {
      lib: `/// <reference path="${folder}/secret.d.ts" />\nexport * from '${folder}/secret';`,
    };
    const code = 'import { SECRET } from "lib"; export const a: 1 = SECRET;';
    const { errors } = await checker.check({ code, libraryTypes });
    expect(errors.map((error) => error.code)).toContain(2305);
    expect(JSON.stringify(errors)).not.toContain('in-the-file');
  });

  it('are the same whether they are there or not', async () => {
    const messageOf = async (path: string) => {
      const code = `/// <reference path="${path}.d.ts" />\nimport "${path}"; export {}`;
      const { errors } = await checker.check({ code });
      return errors.map(({ message }) => message.replaceAll(path, 'PATH'));
    };
    expect(await messageOf(join(folder, 'secret'))).toEqual(await messageOf(join(folder, 'none')));
  });

  it('of a browser’s library are refused', async () => {
    const { errors } = await checker.check({
      code: '/// <reference lib="dom" />\nconst a: number = document.title;',
    });
    expect(errors.map((error) => error.code)).toContain(2584);
  });

  it('are none but the language’s library and our declarations', () => {
    const files = new VirtualFiles();
    expect(files.readFile('/types/fetch.d.ts')).toContain('interface Response');
    for (const path of [
      '/etc/passwd',
      '/types/../package.json',
      '/types/../../etc/passwd',
      '/types/..',
      '/types/fetch.d.ts/../../../etc/passwd',
      '/types/none.d.ts',
      `${folder}/secret.d.ts`,
      'secret.d.ts',
      '',
    ]) {
      expect([path, files.readFile(path), files.fileExists(path)]).toEqual([path, null, false]);
    }
    expect(files.directoryExists('/etc')).toBe(false);
  });
});

/** Types that double with each step. */
const GROWING = `type D<T extends any[]> = [...T, ...T];
type R<N extends number, A extends any[] = [1]> = A['length'] extends N ? A : R<N, [...A, 1]>;
${Array.from({ length: 5_000 }, (_, i) => `let x${i}: R<${900 - (i % 7)}> = null!;`).join('\n')}
return [${Array.from({ length: 5_000 }, (_, i) => `x${i}`).join(',')}] as D<D<R<500>>>;`;

/** The processes that one has started and that have not been waited for. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid)
    .map(Number);
}

function parentOf(name: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

const isAlive = (pid: number): boolean => parentOf(String(pid)) !== undefined;
const check = { code: 'const a: number = ""' } satisfies TypecheckRequest;

describe('a source that takes long', () => {
  it('is ended after its time, and leaves no process and no harm', async () => {
    const before = childrenOf(process.pid);
    const short = createTypechecker({ deadlineMs: 1_500, memoryBytes: 8 * 1024 ** 3 });
    const checking = short.check({ code: GROWING });
    checking.catch(() => {});
    const ours = () => childrenOf(process.pid).filter((pid) => !before.includes(pid));
    await expect.poll(() => ours().flatMap(childrenOf).length).toBe(1);
    const started = [...ours(), ...ours().flatMap(childrenOf)];
    await expect(checking).rejects.toMatchObject({ code: 'TYPECHECK_EXCEEDED' });
    await expect.poll(() => started.filter(isAlive)).toEqual([]);
    expect((await short.check(check)).errors).toHaveLength(1);
    short.close();
    await expect.poll(ours).toEqual([]);
  });

  it('is ended at its memory', async () => {
    const small = createTypechecker({ memoryBytes: 48 * 1024 ** 2 });
    await expect(small.check({ code: GROWING })).rejects.toMatchObject({
      code: 'TYPECHECK_EXCEEDED',
      message: expect.stringContaining('memory') as string,
    });
    small.close();
  });

  it('is ended by its caller, and the next one is checked', async () => {
    const abort = new AbortController();
    const first = checker.check({ code: GROWING }, { signal: abort.signal });
    const second = checker.check(check);
    abort.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect((await second).errors).toHaveLength(1);
    await expect(checker.check(check, { signal: abort.signal })).rejects.toThrow('enough');
  });
});

describe('a source of an odd shape', () => {
  const N = 200_000;
  it.each([
    ['brackets', `return ${'['.repeat(N)}${']'.repeat(N)}`],
    ['open parentheses', `return ${'('.repeat(N)}`],
    ['a sum', `export const a = 1${'+1'.repeat(N)}`],
    ['type arguments', `let a: ${'A<'.repeat(N)}1${'>'.repeat(N)}`],
    ['one error for each character', '@'.repeat(N)],
  ])('is answered or refused: %s', async (_what, code) => {
    const answer = await checker.check({ code }).catch((error: unknown) => error);
    expect(answer).toMatchObject(
      answer instanceof Error ? { code: 'TYPECHECK_EXCEEDED' } : { success: expect.any(Boolean) },
    );
    expect((await checker.check(check)).errors).toHaveLength(1);
  });

  it('may hold any character', async () => {
    const code = 'const a: number = "\ud800\0\ufeff"; return missing';
    const libraryTypes = { lib: 'declare const x: "\udfff";' };
    const { errors } = await checker.check({ code, libraryTypes });
    expect(errors.map(({ column }) => column)).toEqual([7, 33]);
  });
});

describe('a checker', () => {
  it('is replaced when it has ended', async () => {
    const before = childrenOf(process.pid);
    const own = createTypechecker();
    await own.check(check);
    const current = () => childrenOf(process.pid).find((one) => !before.includes(one))!;
    for (const victim of [() => childrenOf(current())[0]!, current]) {
      const pid = victim();
      process.kill(pid, 'SIGKILL');
      // eslint-disable-next-line no-await-in-loop -- one after the other
      expect((await own.check(check)).errors).toHaveLength(1);
      expect([current(), ...childrenOf(current())]).not.toContain(pid);
    }
    own.close();
  });

  it('keeps no environment of ours', async () => {
    process.env.COFFERDAM_TEST_SECRET = 'in-the-environment';
    const before = childrenOf(process.pid);
    const own = createTypechecker();
    await own.check(check);
    const [pid] = childrenOf(process.pid).filter((one) => !before.includes(one));
    for (const one of [pid!, ...childrenOf(pid!)]) {
      expect(readFileSync(`/proc/${one}/environ`, 'latin1')).not.toContain('in-the-environment');
    }
    own.close();
    delete process.env.COFFERDAM_TEST_SECRET;
  });

  it('ends when it has nothing to do', async () => {
    const before = childrenOf(process.pid);
    const own = createTypechecker({ idleMs: 1 });
    await own.check(check);
    await expect
      .poll(() => childrenOf(process.pid).filter((pid) => !before.includes(pid)))
      .toEqual([]);
    expect((await own.check(check)).errors).toHaveLength(1);
    own.close();
  });

  it('refuses one too many, and all when it is closed', async () => {
    const own = createTypechecker({ maxQueue: 1 });
    const [first, second] = [own.check({ code: GROWING }), own.check(check)];
    await expect(own.check(check)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    const refused = { code: 'SHUTTING_DOWN' };
    own.close();
    await expect(first).rejects.toMatchObject(refused);
    await expect(second).rejects.toMatchObject(refused);
    await expect(own.check(check)).rejects.toMatchObject(refused);
  });

  it('checks 1 MiB', async () => {
    const lines = Array.from({ length: 38_000 }, (_, i) => `const a${i}: number = 1;`);
    const code = `${lines.join('\n')}\nreturn missing;`;
    expect((await checker.check({ code })).errors).toMatchObject([{ line: 38_001, column: 8 }]);
  });
});
