import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { IMAGES, readManifest, ROOT } from './images/image.ts';

const require = createRequire(join(ROOT, 'runner/package.json'));
const installed = (name: string) => readManifest(require.resolve(`${name}/package.json`)).version;

/** What an operator compares with security advisories without starting the image. */
const ENGINES = { node: process.versions.node, v8: process.versions.v8 };
const RUNNER = { ...ENGINES, deno: installed('deno'), 'isolated-vm': installed('isolated-vm') };

it.each([
  { ...IMAGES.runner, versions: RUNNER },
  { ...IMAGES.browser, versions: ENGINES },
  { ...IMAGES.cofferdam, versions: ENGINES },
])('the labels of $name say which engines it holds', async ({ dockerfile, versions }) => {
  expect(await labelsOf(dockerfile, 'version')).toEqual(versions);
});

it("the runner's say with which gVisor it was tested", async () => {
  const module = await readFile(join(ROOT, 'e2e/cluster/modules/gvisor/go.mod'), 'utf8');
  const [, gvisor] = /^require gvisor\.dev\/gvisor (\S+)$/m.exec(module)!;
  expect(await labelsOf(IMAGES.runner.dockerfile, 'tested-with')).toEqual({ gvisor });
});

async function labelsOf(dockerfile: string, kind: string): Promise<Record<string, string>> {
  const text = await readFile(join(ROOT, dockerfile), 'utf8');
  const labels = text.matchAll(new RegExp(`dev\\.cofferdam\\.${kind}\\.(\\S+?)="([^"]+)"`, 'g'));
  return Object.fromEntries([...labels].map(([, name, value]) => [name!, value!]));
}
