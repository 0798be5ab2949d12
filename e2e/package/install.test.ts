import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { run } from '../../scripts/images/command.ts';
import { buildPackage } from '../../scripts/sdk-package/build.ts';
import { consumerProject, nodesHere } from '../../sdk/test/programs.ts';
import { runnableExamples } from '../../sdk/test/readme.ts';

const project = consumerProject();
const first = runnableExamples()[0]!;
const npm = (...args: string[]) => run('npm', args, { cwd: project.folder });

// Packed, and installed from the registry like anybody does: no script of a package is allowed to run.
beforeAll(async () => {
  const output = join(project.folder, 'built');
  await buildPackage(output);
  const archive = (await npm('pack', '--silent', output)).trim();
  writeFileSync(join(project.folder, 'package.json'), '{"name":"consumer","type":"module"}');
  mkdirSync(join(project.folder, 'node_modules'), { recursive: true });
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund'];
  // A package that does not want this Node is an error.
  await npm('install', ...quiet, '--ignore-scripts', '--engine-strict', `./${archive}`);
  writeFileSync(join(project.folder, 'first.js'), first.code);
}, 300_000);

it('brings nothing that npm would have to run', () => {
  const lock = JSON.parse(readFileSync(join(project.folder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean }>;
  };
  const names = Object.keys(lock.packages);
  expect(names).toContain('node_modules/cofferdam/node_modules/isolated-vm');
  expect(names.filter((name) => lock.packages[name]!.hasInstallScript)).toEqual([]);
  expect(names.filter((name) => /\/(?:deno|workerd|@cofferdam)/.test(name))).toEqual([]);
});

it.each(nodesHere())('the README’s first example works on %s', async (node) => {
  const share = basename(dirname(dirname(node)));
  expect(await project.run(node, ['first.js'], share)).toBe(first.prints);
  const [daemon] = project.daemonsOf(share);
  expect(daemon === node || daemon!.includes('/node_modules/node-linux-')).toBe(true);
});

it('npx finds the daemon’s command', async () => {
  expect(await npm('exec', '--', 'isolate-daemon', '--help')).toContain('--socket PATH');
});
