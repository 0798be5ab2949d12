import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeLocalBase } from './images/base.ts';
import { cacheFolder } from './images/cache.ts';
import { run } from './images/command.ts';
import { chooseEngine, ENGINES, type Engine } from './images/engine.ts';
import { hashFiles } from './images/hash.ts';
import {
  archOf,
  IMAGES,
  platformOf,
  readManifest,
  ROOT,
  type Arch,
  type Image,
} from './images/image.ts';
import { load } from './images/load.ts';
import { takeLock } from './images/lock.ts';
import { stage } from './images/stage.ts';

const HELP = `npm run images -- [options]: builds the container images as archives

  --tag X          their tag and version label (default: package.json's version)
  --output DIR     where the archives go (default: dist/images)
  --only NAME      cofferdam-runner, cofferdam-browser or cofferdam (default: all)
  --arch A         amd64 or arm64 (default: this machine's)
  --engine E       ${ENGINES.join(' or ')} (default: docker where its daemon answers, else buildah)
  --base IMAGE     base image, or 'local' for one made from Debian's packages (default: the Dockerfile's
                   base where it can be pulled, else local)
  --load WHERE     import them: docker, k3s or containerd:<socket>
  --fresh          forget what earlier builds left: base, packages and archives`;

const { values } = parseArgs({
  options: {
    tag: { type: 'string' },
    output: { type: 'string', default: 'dist/images' },
    only: { type: 'string' },
    arch: { type: 'string' },
    engine: { type: 'string' },
    base: { type: 'string' },
    load: { type: 'string' },
    fresh: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

interface Wish {
  image: Image;
  arch: Arch;
  tag: string;
  archive: string;
}

/** What decides what an image holds; its packages' versions are in the lock file. */
function inputsOf({ rooms, dockerfile }: Image): string[] {
  const sources = rooms.map((room) => `${room}/{package.json,{src,bin,generated,types}/**/*}`);
  return [...sources, dockerfile, 'package.json', 'package-lock.json', 'scripts/images/**/*'];
}

/** Builds the archive unless it is there already and nothing that it is made of has changed. */
async function buildArchive(wish: Wish): Promise<void> {
  const { image, arch, tag, archive } = wish;
  const salt = JSON.stringify([tag, arch, values.base, values.engine]);
  const stamp = await hashFiles(inputsOf(image), salt);
  const current = await readFile(`${archive}.stamp`, 'utf8').catch(() => '');
  if (current === stamp && existsSync(archive)) return console.log(`${archive} is current`);
  const engine = await chooseEngine(values.engine);
  const staged = cacheFolder(`context-${image.name}-${arch}`);
  await stage({ image, arch, output: join(staged, 'build/staged') });
  const base = await baseImage(engine, image, arch);
  const name = `${image.name}:${tag}`;
  await engine.build({
    tag: name,
    dockerfile: join(ROOT, image.dockerfile),
    staged,
    platform: platformOf(arch),
    args: {
      ...{ BASE_IMAGE: base.name, BUILD_IMAGE: base.name, VERSION: tag },
      ...(image.chromium && base.isLocal ? { CHROMIUM_FROM: 'with-chromium' } : {}),
      REVISION: await revision(),
    },
  });
  // Somebody may be reading the one that is there.
  await rm(`${archive}.part`, { force: true });
  await engine.save(name, `${archive}.part`);
  await rename(`${archive}.part`, archive);
  await writeFile(`${archive}.stamp`, stamp);
  console.log(`${archive} holds ${name}`);
}

async function baseImage(
  engine: Engine,
  { dockerfile, chromium }: Image,
  arch: Arch,
): Promise<{ name: string; isLocal: boolean }> {
  const platform = platformOf(arch);
  const text = await readFile(join(ROOT, dockerfile), 'utf8');
  const wanted = values.base ?? /^ARG BASE_IMAGE=(\S+)$/m.exec(text)![1]!;
  if (wanted !== 'local' && (await engine.pull(wanted, platform))) {
    return { name: wanted, isLocal: false };
  }
  if (values.base !== undefined && wanted !== 'local') throw new Error(`cannot pull ${wanted}`);
  const name = await engine.importBase(await makeLocalBase(arch, chromium), platform);
  return { name, isLocal: true };
}

/** The commit, where this is a checkout. */
async function revision(): Promise<string> {
  return run('git', ['-C', ROOT, 'rev-parse', 'HEAD']).then(
    (text) => text.trim(),
    () => 'unknown',
  );
}

async function main(): Promise<void> {
  const all: readonly Image[] = Object.values(IMAGES);
  const images = all.filter(({ name }) => (values.only ?? name) === name);
  if (images.length === 0) throw new Error(`no image '${values.only}'`);
  const tag = values.tag ?? readManifest(join(ROOT, 'package.json')).version;
  const output = resolve(values.output);
  using lock = takeLock();
  lock.hold();
  if (values.fresh) await rm(cacheFolder(), { recursive: true });
  await mkdir(output, { recursive: true });
  for (const image of images) {
    const archive = join(output, `${image.name}.tar`);
    if (values.fresh) await rm(archive, { force: true });
    // eslint-disable-next-line no-await-in-loop -- one build after another: they share the disk
    await buildArchive({ image, arch: archOf(values.arch), tag, archive });
    // eslint-disable-next-line no-await-in-loop -- in order, like the builds
    if (values.load) await load(archive, values.load);
  }
}

if (values.help) console.log(HELP);
else {
  await main().catch((error: Error) => {
    console.error(`images: ${error.message}`);
    process.exitCode = 1;
  });
}
