import { cp, glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT } from './places.ts';

const FILES: Record<string, string[]> = {
  // What runs of it: the binaries for Node 24 on Linux. Its install script looks for one for the Node
  // that installs it, and where that is Node 20 compiles instead, in vain.
  'isolated-vm': ['LICENSE', 'README.md', 'isolated-vm.{js,d.ts}', 'prebuilds/linux-*/*.abi137.*'],
  'node-gyp-build': ['LICENSE', '*.js'],
  // Says that it needs Node 22.12, and has nothing that Node 20 has not.
  'eventsource-parser': ['LICENSE', 'README.md', 'dist/*.{js,d.ts}'],
};

/** Fields of a package.json that make npm run something, or refuse, when it is installed. */
const INSTALLING = ['scripts', 'gypfile', 'engines', 'devDependencies', 'bin'];

/** Copies packages into the package's own node_modules; answers their versions. */
export async function bundle(names: readonly string[], output: string) {
  const versions: Record<string, string> = {};
  for (const name of names) {
    // eslint-disable-next-line no-await-in-loop -- two
    versions[name] = await bundlePackage(name, join(output, 'node_modules', name));
  }
  return versions;
}

async function bundlePackage(name: string, target: string): Promise<string> {
  const source = join(ROOT, 'node_modules', name);
  for await (const file of glob(FILES[name] ?? [], { cwd: source })) {
    await mkdir(dirname(join(target, file)), { recursive: true });
    await cp(join(source, file), join(target, file));
  }
  const text = await readFile(join(source, 'package.json'), 'utf8');
  const manifest = JSON.parse(text) as Record<string, unknown> & { version: string };
  for (const field of INSTALLING) delete manifest[field];
  await writeFile(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest.version;
}
