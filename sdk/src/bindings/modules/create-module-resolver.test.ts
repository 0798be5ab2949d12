import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HostCallContext, ModuleResolver } from '../../types.ts';
import { createModuleResolver } from './create-module-resolver.ts';

const context: HostCallContext = {
  signal: new AbortController().signal,
  runtimeId: 'r',
  resourceId: 'module:1',
  metadata: {},
};
const MAIN = '/app/main.ts';

function ask(resolver: ModuleResolver, specifier: string, from = MAIN, resolveDir?: string) {
  const folder = resolveDir ?? from.slice(0, from.lastIndexOf('/'));
  return resolver.resolve(specifier, { path: from, resolveDir: folder || '/' }, context);
}

let base: string;
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'cofferdam-modules-'));
});
afterAll(() => rm(base, { recursive: true }));

describe('virtual modules', () => {
  it('are found by name, and by path from wherever they are imported', async () => {
    const resolver = createModuleResolver()
      .virtual('@/env', 'env', { filename: 'env.ts', resolveDir: '/app' })
      .virtual('/app/lib/util.ts', () => Promise.resolve('util'))
      .virtual('plain', () => 'plain');
    expect(await ask(resolver, '@/env')).toEqual({
      code: 'env',
      filename: '/app/env.ts',
      resolveDir: '/app',
      static: false,
    });
    const paths = ['./lib/util.ts', './lib/util', './lib/util.js', '/app/lib/../lib/util.ts'];
    for (const specifier of [...paths, 'file:///app/lib/util.ts']) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      expect(await ask(resolver, specifier)).toMatchObject({ filename: '/app/lib/util.ts' });
    }
    expect(await ask(resolver, './env', '/app/x.ts')).toMatchObject({ code: 'env' });
    expect(await ask(resolver, 'plain')).toMatchObject({ filename: '/plain', resolveDir: '/' });
  });

  it('are asked for each time, or once where they never change', async () => {
    const read = vi.fn<() => string>(() => 'text');
    const kept = vi.fn<() => string>(() => 'text');
    const resolver = createModuleResolver().virtual('a', read).virtual('b', kept, { static: true });
    for (const name of ['a', 'a', 'b', 'b']) {
      // eslint-disable-next-line no-await-in-loop
      await ask(resolver, name);
    }
    expect(read).toHaveBeenCalledTimes(2);
    expect(kept).toHaveBeenCalledTimes(1);
  });

  it('may be files of the host, regular ones, and no path of the host is told', async () => {
    const file = join(base, 'one.ts');
    await writeFile(file, 'export {}');
    execFileSync('mkfifo', [join(base, 'pipe')]);
    const resolver = createModuleResolver()
      .virtualFile('one', file)
      .virtualFile('/app/one.ts', file)
      .virtualFile('pipe', join(base, 'pipe'))
      .virtualFile('folder', base)
      .virtualFile('missing', join(base, 'none'));
    expect(await ask(resolver, 'one')).toMatchObject({ code: 'export {}', filename: '/one' });
    expect(await ask(resolver, './one')).toMatchObject({ filename: '/app/one.ts' });
    for (const name of ['pipe', 'folder', 'missing']) {
      // eslint-disable-next-line no-await-in-loop
      const error = await ask(resolver, name).catch((e: Error) => e);
      expect(error).toMatchObject({ message: expect.stringContaining(`module '${name}'`) });
      expect((error as Error).message).not.toContain(base);
    }
  });
});

describe('source trees', () => {
  const files: Record<string, string> = {
    'a.ts': 'a',
    'sub/index.tsx': 'index',
    'sub/b.ts': 'b',
    'data.json': '{}',
  };
  const asked: string[] = [];
  const load = (path: string) => {
    asked.push(path);
    return files[path] ?? null;
  };

  it('are asked for what may be meant, by the prefix and from within', async () => {
    const resolver = createModuleResolver().sourceTree('@/', load);
    expect(await ask(resolver, '@/a')).toEqual({
      code: 'a',
      filename: '/@/a.ts',
      resolveDir: '/@',
    });
    expect(await ask(resolver, '@/sub')).toMatchObject({ filename: '/@/sub/index.tsx' });
    expect(await ask(resolver, './b', '/@/sub/index.tsx')).toMatchObject({ code: 'b' });
    expect(await ask(resolver, '../data.json', '/@/sub/b.ts')).toMatchObject({ code: '{}' });
    expect(await ask(resolver, '@/a.js')).toMatchObject({ filename: '/@/a.ts' });
    await expect(ask(resolver, '@/none')).rejects.toThrow(
      "Cannot find module '@/none' imported from '/app/main.ts'",
    );
  });

  it('win by the longest prefix', async () => {
    const resolver = createModuleResolver()
      .sourceTree('/src', () => 'outer')
      .sourceTree('/src/inner/', () => 'inner');
    expect(await ask(resolver, '/src/inner/x.ts')).toMatchObject({ code: 'inner' });
    expect(await ask(resolver, '/src/innermost.ts')).toMatchObject({ code: 'outer' });
    await expect(ask(resolver, '/srcs/x.ts')).rejects.toThrow('Cannot find module');
  });

  it('follow relative imports of modules that their loader has put elsewhere', async () => {
    const resolver = createModuleResolver().sourceTree('lib/', (path) =>
      path in files
        ? {
            code: files[path]!,
            filename: path,
            resolveDir: `/real/${path}`.replace(/\/[^/]*$/, ''),
          }
        : null,
    );
    expect(await ask(resolver, 'lib/sub')).toMatchObject({ resolveDir: '/real/sub' });
    const from = '/real/sub/sub/index.tsx';
    expect(await ask(resolver, './b', from, '/real/sub')).toMatchObject({ code: 'b' });
    expect(await ask(resolver, '../a', from, '/real/sub')).toMatchObject({ code: 'a' });
    await expect(ask(resolver, '../../a', from, '/real/sub')).rejects.toThrow('Cannot find');
  });

  it.each([
    '@/../a',
    '@/..',
    '@//etc/passwd',
    '@/sub/../../a',
    '@/%2e%2e/a',
    '@/x/%2E./a',
    '@/..%2fa',
    '@/..\\a',
    '@/a\0.ts',
  ])('are never asked for what leads out: %j', async (specifier) => {
    asked.length = 0;
    const resolver = createModuleResolver().sourceTree('@/', load);
    await expect(ask(resolver, specifier)).rejects.toThrow(/leads out|Cannot find module/);
    expect(asked).toEqual([]);
  });
});

describe('fallbacks', () => {
  it('are asked last and in their order', async () => {
    const resolver = createModuleResolver()
      .fallback((specifier) => (specifier === 'a' ? 'first' : null))
      .fallback((specifier, importer) => ({
        code: `${specifier} for ${importer.path}`,
        filename: 'x.ts',
        resolveDir: '/far',
      }))
      .virtual('v', 'virtual');
    expect(await ask(resolver, 'a')).toMatchObject({ code: 'first', filename: '/a' });
    expect(await ask(resolver, 'b')).toMatchObject({ filename: '/far/x.ts' });
    expect(await ask(resolver, 'v')).toMatchObject({ code: 'virtual' });
    await expect(ask(resolver, 'node:fs')).rejects.toThrow("guests have none of Node's modules");
    await expect(ask(resolver, 'fs')).rejects.toThrow("Cannot find module 'fs'");
  });
});

it.each([
  [(r: ModuleResolver) => r.virtual('', 'x'), 'specifier'],
  [(r: ModuleResolver) => r.virtual('a', 1 as never), 'source'],
  [(r: ModuleResolver) => r.virtual('a', 'x', { resolveDir: 'app' }), 'options.resolveDir'],
  [(r: ModuleResolver) => r.virtual('a', 'x', { file: 'x' } as never), 'options.file'],
  [(r: ModuleResolver) => r.virtual('a', 'x', { format: 'umd' } as never), 'options.format'],
  [(r: ModuleResolver) => r.virtualFile('a', 1 as never), 'filePath'],
  [(r: ModuleResolver) => r.sourceTree('@/', 'x' as never), 'loader'],
  [(r: ModuleResolver) => r.mountNodeModules('node_modules', '.'), 'virtualMount'],
  [(r: ModuleResolver) => r.mountNodeModules('/', '.'), 'virtualMount'],
  [(r: ModuleResolver) => r.fallback(null as never), 'loader'],
])('what is wrong is named: %s', (make, name) => {
  const run = () => make(createModuleResolver());
  expect(run).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  expect(run).toThrow(name);
});

describe('packages of a mounted folder', () => {
  let host: string;
  const write = async (path: string, content: string | object) => {
    const file = join(host, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  };
  const link = async (target: string, path: string) => {
    await mkdir(join(host, path, '..'), { recursive: true });
    await symlink(target, join(host, path));
  };

  beforeAll(async () => {
    host = await mkdtemp(join(base, 'host-'));
    await writeFile(join(base, 'secret.json'), '"secret"');
    const modules = 'node_modules';
    await write(`${modules}/esm/package.json`, { name: 'esm', type: 'module', main: 'lib.js' });
    await write(`${modules}/esm/lib.js`, 'export {}');
    await write(`${modules}/cjs/package.json`, { name: 'cjs', main: './lib' });
    await write(`${modules}/cjs/lib/index.js`, 'exports.x = 1');
    await write(`${modules}/cjs/other.js`, 'require("./lib")');
    await write(`${modules}/dual/package.json`, {
      name: 'dual',
      exports: {
        '.': { node: './node.js', import: './main.mjs', require: './main.cjs' },
        './features/*': './src/features/*.js',
        './features/private/*': null,
        './worker': { worker: './worker.mjs', default: './other.mjs' },
        './out': './../esm/lib.js',
        './nested': './node_modules/x/index.js',
      },
      imports: { '#own': './src/own.js', '#other': 'esm', '#up': './../esm/lib.js' },
    });
    for (const path of [
      'main.mjs',
      'main.cjs',
      'node.js',
      'worker.mjs',
      'other.mjs',
      'hidden.js',
    ]) {
      // eslint-disable-next-line no-await-in-loop
      await write(`${modules}/dual/${path}`, path);
    }
    await write(`${modules}/dual/src/features/a.js`, 'a');
    await write(`${modules}/dual/src/features/private/b.js`, 'b');
    await write(`${modules}/dual/src/own.js`, 'own');
    await write(`${modules}/@scope/tool/package.json`, { name: '@scope/tool', type: 'module' });
    await write(`${modules}/@scope/tool/index.js`, 'tool');
    await write(`${modules}/@scope/tool/sub/x.json`, '{}');
    await write(`${modules}/esm/node_modules/cjs/index.js`, 'inner');
    await write(`${modules}/faux/package.json`, { name: 'faux', main: './es.js' });
    await write(`${modules}/faux/es.js`, 'import "dual";');
    await write(`${modules}/bad-main/package.json`, { main: '../../../../secret.json' });
    await write(`${modules}/bad-json/package.json`, '{');
    await write(`${modules}/native/index.node`, '\x7fELF');
    await write(`${modules}/events/index.js`, 'events');
    await link('../../../secret.json', `${modules}/esm/secret.json`);
    await link('../../..', `${modules}/esm/up`);
    await link('../../..', `${modules}/base`);
    await link('../packages/linked', `${modules}/linked`);
    await write('packages/linked/package.json', { name: 'linked', main: 'index.js' });
    await write('packages/linked/index.js', 'linked');
    await write('packages/linked/node_modules/of-linked/index.js', 'of-linked');
    await link('../../../..', 'packages/linked/node_modules/escape');
    await link('../../secret.json', 'packages/linked/secret.json');
    // As pnpm makes it.
    const store = '.pnpm/p@1.0.0/node_modules';
    await write(`${modules}/${store}/p/package.json`, { name: 'p' });
    await write(`${modules}/${store}/p/index.js`, 'p');
    await write(`${modules}/.pnpm/q@2.0.0/node_modules/q/index.js`, 'q');
    await link('../../q@2.0.0/node_modules/q', `${modules}/${store}/q`);
    await link(`${store}/p`, `${modules}/p`);
    // A workspace's package, whose own folder links into the store.
    await link(`../../${modules}/${store}/p`, 'app/node_modules/p');
  });

  const mounted = () =>
    createModuleResolver().mountNodeModules('/node_modules', join(host, 'node_modules'));
  const inside = (path: string) => `/node_modules/${path}`;

  it.each([
    ['esm', 'esm/lib.js', undefined],
    ['cjs', 'cjs/lib/index.js', 'commonjs'],
    ['cjs/other', 'cjs/other.js', 'commonjs'],
    ['dual', 'dual/main.mjs', undefined],
    ['dual/worker', 'dual/worker.mjs', undefined],
    ['dual/features/a', 'dual/src/features/a.js', 'commonjs'],
    ['@scope/tool', '@scope/tool/index.js', undefined],
    ['@scope/tool/sub/x.json', '@scope/tool/sub/x.json', undefined],
    ['events', 'events/index.js', 'commonjs'],
  ])('%s is %s', async (specifier, path, format) => {
    const source = await ask(mounted(), specifier);
    expect(source).toMatchObject({ filename: inside(path), static: true });
    expect(source.format).toBe(format);
  });

  it('are resolved for who imports: nested ones, itself, its imports, by require or import', async () => {
    const resolver = mounted();
    const from = async (path: string, specifier: string) =>
      (await ask(resolver, specifier, inside(path))).filename;
    expect(await from('esm/lib.js', 'cjs')).toBe(inside('esm/node_modules/cjs/index.js'));
    expect(await from('dual/src/own.js', 'dual/worker')).toBe(inside('dual/worker.mjs'));
    expect(await from('dual/src/own.js', '#own')).toBe(inside('dual/src/own.js'));
    expect(await from('dual/src/own.js', '#other')).toBe(inside('esm/lib.js'));
    expect(await from('cjs/other.js', './lib')).toBe(inside('cjs/lib/index.js'));
    expect(await from('x.cjs', 'dual')).toBe(inside('dual/main.cjs'));
    await ask(resolver, 'cjs');
    await ask(resolver, 'faux');
    expect(await from('cjs/lib/index.js', 'dual')).toBe(inside('dual/main.cjs'));
    expect(await from('faux/es.js', 'dual')).toBe(inside('dual/main.mjs'));
  });

  it("are found through pnpm's links, each under one path", async () => {
    const resolver = mounted();
    const p = await ask(resolver, 'p');
    expect(p).toMatchObject({
      code: 'p',
      filename: inside('.pnpm/p@1.0.0/node_modules/p/index.js'),
    });
    expect(await ask(resolver, '/node_modules/p/index.js')).toEqual(p);
    const q = await ask(resolver, 'q', p.filename);
    expect(q).toMatchObject({ filename: inside('.pnpm/q@2.0.0/node_modules/q/index.js') });
    await expect(ask(resolver, 'q')).rejects.toThrow('Cannot find module');

    const workspace = createModuleResolver().mountNodeModules(
      '/nm',
      join(host, 'app/node_modules'),
    );
    const linked = await ask(workspace, 'p');
    expect(linked.filename).toBe('/nm/.pnpm-store/p@1.0.0/node_modules/p/index.js');
    expect(await ask(workspace, 'q', linked.filename)).toMatchObject({ code: 'q' });
    expect(await ask(workspace, './index.js', linked.filename)).toEqual(linked);
  });

  it('may be linked to by the folder itself, and bring their own', async () => {
    const resolver = mounted();
    const { filename } = await ask(resolver, 'linked');
    expect(filename).toBe(inside('linked/index.js'));
    expect(await ask(resolver, 'of-linked', filename)).toMatchObject({ code: 'of-linked' });
    expect(await ask(resolver, 'esm', filename)).toMatchObject({ filename: inside('esm/lib.js') });
  });

  it.each([
    ['dual/hidden.js', 'exports no'],
    ['dual/features/private/b', 'exports no'],
    ['dual/features/../../hidden', 'Cannot find'],
    ['dual/out', 'exports no'],
    ['dual/nested', 'exports no'],
    ['bad-main', 'Cannot find'],
    ['bad-json', 'no JSON'],
    ['native', 'Cannot find'],
    ['native/index.node', 'native code'],
    ['none', 'Cannot find'],
    ['fs', "none of Node's"],
    ['node:events', "none of Node's"],
  ])('refuses %s', async (specifier, why) => {
    await expect(ask(mounted(), specifier)).rejects.toThrow(why);
  });

  it.each([
    'esm/../../secret.json',
    'esm/%2e%2e/%2e%2e/secret.json',
    'esm/..\\..\\secret.json',
    'esm/secret.json',
    'esm/up/secret.json',
    'base/secret.json',
    'base',
    '../secret.json',
    '../../secret.json',
    '/node_modules/esm/secret.json',
    '/node_modules/esm/up/secret.json',
    '/node_modules/base/secret.json',
    '/node_modules/../../secret.json',
    'file:///node_modules/%2e%2e/%2e%2e/secret.json',
    'linked/secret.json',
    'linked/../../../secret.json',
    'escape/secret.json',
    'node_modules/esm',
    '.pnpm/p@1.0.0/node_modules/p',
    'ESM/secret.json',
    'esm/lib.js\0.json',
  ])('serves no file from elsewhere: %j', async (specifier) => {
    const resolver = mounted();
    await ask(resolver, 'linked');
    for (const from of [MAIN, inside('esm/lib.js'), inside('linked/index.js')]) {
      // eslint-disable-next-line no-await-in-loop
      const answer = await ask(resolver, specifier, from).catch((error: Error) => error);
      expect(answer).toBeInstanceOf(Error);
      expect((answer as Error).message).not.toContain(base);
    }
  });

  it('says nothing of where a folder is that cannot be read', async () => {
    const resolver = createModuleResolver().mountNodeModules(
      '/node_modules',
      join(base, 'no-folder'),
    );
    const error = await ask(resolver, 'x').catch((e: Error) => e);
    expect((error as Error).message).toBe("The packages of '/node_modules' cannot be read: ENOENT");
  });
});
