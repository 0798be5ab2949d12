import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createTypechecker,
  formatTypecheckErrors,
  typecheck,
  type TypecheckRequest,
} from '../src/index.ts';

const checker = createTypechecker();
afterAll(() => checker.close());

/** `line:column code` of each error. */
async function errorsOf(code: string, options: Omit<TypecheckRequest, 'code'> = {}) {
  const { errors } = await checker.check({ code, ...options });
  return errors.map((error) => `${error.line}:${error.column} ${error.code}`);
}

describe('a source', () => {
  it.each([
    ['a body that returns', 'const a = 1;\nreturn a'],
    ['a body that awaits and returns', 'const r = await Promise.resolve(1);\nreturn r'],
    ['a module', 'export const a: number = await Promise.resolve(1);\nexport default a;'],
    ['the words of a module in a body', 'const text = "import export"; // export\nreturn text'],
    [
      'types, enums and classes in a body',
      'enum E { A } interface I { e: E } class C implements I { e = E.A } return new C()',
    ],
    ['a name that the platform has', 'const fetch = 1, name = 2; return fetch + name'],
    ['nothing', ''],
    ['a comment at the end', 'return 1 // there'],
  ])('may be %s', async (_what, code) => {
    expect(await errorsOf(code)).toEqual([]);
  });

  it.each([
    ['a body', 'const é: string = "😀";\n  const b: number = é; return b', ['2:9 2322']],
    ['a module', '\nexport const b: number = "";', ['2:14 2322']],
    ['a body on its first line', 'return missing', ['1:8 2304']],
    ['several', 'let a: number = "";\r\nlet b: string = 1;', ['1:5 2322', '2:5 2322']],
    ['what does not parse', 'const a = ;\nreturn (', ['1:11 1109', '2:9 1109']],
    ['a brace too few', 'if (true) {', ['1:12 1005']],
    ['a return in a module', 'export {};\nreturn 1', ['2:1 1108']],
  ])('has its errors at their places: %s', async (_what, code, places) => {
    expect(await errorsOf(code)).toEqual(places);
  });

  it('has the end of an error and its reasons', async () => {
    const code = 'const a: { b: number } = { b: "" };';
    const { errors } = await checker.check({ code });
    expect(errors).toEqual([
      {
        message: "Type 'string' is not assignable to type 'number'.",
        ...{ line: 1, column: 28, endLine: 1, endColumn: 29, code: 2322 },
      },
    ]);
    const deeper = 'let f: (x: string) => void = (x: number) => {}; return f';
    expect((await checker.check({ code: deeper })).errors[0]?.message).toMatch(
      /\n {2}\S.*\n {4}\S/,
    );
  });

  it('is JavaScript where it is said to be', async () => {
    const language = 'javascript';
    expect(await errorsOf('function f(a) { return a } return f(1)', { language })).toEqual([]);
    expect(await errorsOf('return (1).foo', { language })).toEqual(['1:12 2339']);
    expect(await errorsOf('const a: number = 1', { language })).toEqual(['1:10 8010']);
  });

  it('lists 100 errors, and says that there are more', async () => {
    const code = Array.from({ length: 150 }, (_, i) => `const a${i}: number = "";`).join('\n');
    const result = await checker.check({ code });
    expect([result.errors.length, result.errorsCut]).toEqual([100, true]);
    expect(result.errors.at(-1)?.line).toBe(100);
  });

  it('tells nothing of the one before it', async () => {
    expect(
      await errorsOf('export interface Secret { a: 1 }\ndeclare global { var leak: 1 }'),
    ).toEqual([]);
    expect(await errorsOf('return leak')).toEqual(['1:8 2304']);
  });
});

describe('what is there', () => {
  const platform = `const b: Buffer = Buffer.from('a'); setTimeout(() => {}, 1);
    const r = await fetch('https://a.example/' + input.a, { signal: AbortSignal.timeout(5) });
    return [b.readUInt8(0), r.ok, env.x, new WebSocket('wss://a.example').readyState]`;

  it.each([
    ['minimal', ['Buffer', 'Buffer', 'setTimeout', 'fetch', 'AbortSignal', 'WebSocket']],
    ['data', ['setTimeout', 'fetch', 'AbortSignal', 'WebSocket']],
    ['agent', ['setTimeout', 'WebSocket']],
    ['web', []],
  ] as const)('is what preset %s offers', async (preset, missing) => {
    const { errors } = await checker.check({ code: platform, preset });
    expect(errors.map(({ message }) => message)).toEqual(
      missing.map((name) => `Cannot find name '${name}'.`),
    );
  });

  it('has no document, window, process or require', async () => {
    for (const name of ['document', 'window', 'process', 'require', 'XMLHttpRequest']) {
      expect(await errorsOf(`return ${name}`, { preset: 'web' })).toHaveLength(1);
    }
  });

  it('is what the profile says, and the capabilities', async () => {
    const file = `const d = await getDirectory('/a');
      for await (const [name, h] of d) if (h.kind === 'file') await (await h.createWritable()).write(name);
      for (const [k, v] of new FormData()) console.log(k, v);`;
    expect(await errorsOf(file)).toEqual([]);
    expect(await errorsOf(file, { profile: 'browser-test' })).toContain('1:17 2304');
    expect(await errorsOf(file, { profile: 'browser-test', capabilities: ['files'] })).toEqual([]);
    const test = `let p: Awaited<ReturnType<typeof browser.newContext>>;
      beforeAll(async () => { p = await browser.newContext(); });
      test('loads', async () => {
        await page.goto('/');
        await expect(page).toHaveTitle(/Home/);
        expect((await p.pages()).length).not.toBe(1);
        await expect(Promise.reject(new Error())).rejects.toThrow();
      });`;
    expect(await errorsOf(test, { profile: 'browser-test' })).toEqual([]);
    expect(await errorsOf("describe('x', () => {})", { profile: 'agent' })).toEqual(['1:1 2593']);
  });

  it('has promises of files with the capability for files', async () => {
    const code = `import fs, { readFile, type Stats } from 'node:fs/promises';
      import { readdir } from 'fs/promises';
      export const text: string = await readFile('/a', 'utf8');
      export const raw: Buffer = await fs.readFile(new URL('file:///a'));
      export const names: string[] = await readdir('/');
      export const kinds: boolean[] = (await readdir('/', { withFileTypes: true })).map((e) => e.isFile());
      export const size = (stats: Stats): number => stats.size;
      await fs.writeFile('/a', new Uint8Array(1), { flag: 'wx' });`;
    expect(await errorsOf(code)).toEqual([]);
    expect(await errorsOf(code, { profile: 'browser-test' })).toContain('1:42 2591');
  });

  it('has async context', async () => {
    const code = `import { AsyncLocalStorage, createHook } from 'node:async_hooks';
      const als = new AsyncLocalStorage<{ id: number }>();
      export const id: number | undefined = als.run({ id: 1 }, () => als.getStore()?.id);
      createHook({ init() {} }).enable();
      export const v: string = new AsyncContext.Variable({ defaultValue: '' }).get();`;
    expect(await errorsOf(code)).toEqual([]);
  });

  it('is, with their declarations, what a worker and its host have', async () => {
    const declarations = (name: string) =>
      readFileSync(new URL(`../types/${name}.d.ts`, import.meta.url), 'utf8');
    const host = `const sandbox = new V8Sandbox();
      const worker = await sandbox.createIsolate();
      worker.on('result', (data) => console.log('Result:', data.answer));
      worker.onRequest('fetch', async ({ url }) => ({ ok: true, body: new URL(url).hostname }));
      worker.onSystem('error', (event) => console.error(event));
      worker.execute('NETWORK.on("compute", () => {})');
      worker.send('compute', { x: 10, y: 5 });
      const counts: number = sandbox.threadCount() + sandbox.isolateCount();
      worker.destroy();
      sandbox.shutdown();
      return counts`;
    const worker = `const hear = (data: { x: number }) => NETWORK.send('result', { answer: data.x });
      NETWORK.on('compute', hear);
      const { content } = await NETWORK.request('readFile', { path: './config.json' });
      NETWORK.off('compute', hear);
      return content`;
    const libraryTypes = { host: declarations('host'), worker: declarations('worker') };
    expect(await errorsOf(host, { libraryTypes })).toEqual([]);
    expect(await errorsOf(worker, { libraryTypes })).toEqual([]);
    expect(await errorsOf('NETWORK.receive()', { libraryTypes })).toEqual(['1:9 2339']);
  });

  it('has the types of libraries, of modules and of globals', async () => {
    const libraryTypes = {
      zod: 'export declare function parse(text: string): { ok: boolean };',
      '@a/b/c': 'declare const c: 1; export default c;',
      tools: 'declare function greet(name: string): Promise<string>;',
    };
    const code = `import { parse } from 'zod'; import c from '@a/b/c';
      export const ok: boolean = parse(await greet('x')).ok; export const one: 1 = c;`;
    expect(await errorsOf(code, { libraryTypes })).toEqual([]);
    expect(await errorsOf(code.replace("'x'", '1'), { libraryTypes })).toEqual(['2:52 2345']);
    expect(await errorsOf(code)).toEqual(['1:23 2307', '1:44 2307', '2:46 2304']);
    const { errors } = await checker.check({
      code: '',
      libraryTypes: { bad: 'export const a: ;' },
    });
    expect(errors).toMatchObject([{ library: 'bad', line: 1 }]);
  });

  it('is as strict as the options say', async () => {
    const code = 'let a: string = null; function f(b) { return b } return f(a)';
    expect(await errorsOf(code)).toEqual(['1:5 2322', '1:34 7006']);
    expect(await errorsOf(code, { compilerOptions: { strict: false } })).toEqual([]);
    expect(await errorsOf('const x = 1;', { compilerOptions: { noUnusedLocals: true } })).toEqual([
      '1:7 6133',
    ]);
  });
});

describe('typecheck', () => {
  it('answers at once, again and again, as the asynchronous form does', async () => {
    expect(typecheck({ code: "page.goto('/')", profile: 'browser-test' })).toEqual({
      success: true,
      errors: [],
      errorsCut: false,
    });
    const bad = { code: 'const a: number = "x"' } as const;
    const result = typecheck(bad);
    expect(result).toEqual(await checker.check(bad));
    expect(formatTypecheckErrors(result.errors)).toBe(
      "script.ts:1:7 - error TS2322: Type 'string' is not assignable to type 'number'.",
    );
  });

  it('throws what it refuses', () => {
    expect(() => typecheck({ code: 1 } as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    );
  });
});
