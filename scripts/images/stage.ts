import { chmod, lutimes, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFiles } from './hash.ts';
import type { Arch, Image } from './image.ts';
import { stagePackages } from './packages.ts';
import { stageSources } from './sources.ts';

export interface StageOptions {
  image: Image;
  arch: Arch;
  output: string;
}

/** What decides which packages an image gets. */
const PACKAGE_INPUTS = [
  'package.json',
  '*/package.json',
  'package-lock.json',
  'scripts/images/packages.ts',
  'scripts/images/image.ts',
];

/** Lays out an image's files: `bin`, `packages`, `sources`. Packages stay when none changed. */
export async function stage({ image, arch, output }: StageOptions): Promise<void> {
  await mkdir(output, { recursive: true });
  const mark = join(output, `packages-${image.name}-${arch}`);
  const hash = await hashFiles(PACKAGE_INPUTS);
  if ((await readFile(mark, 'utf8').catch(() => '')) !== hash) {
    await stagePackages({ image, arch, output });
    await writeFile(mark, hash);
  }
  await stageSources(image, output);
  await normalize(output);
}

/**
 * One time for all, and no mode of whoever builds: what did not change makes the same layer again,
 * and what runs as nobody in particular can read it.
 */
async function normalize(output: string): Promise<void> {
  for (const entry of await readdir(output, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    // eslint-disable-next-line no-await-in-loop -- some thousand, at 20 µs
    if (!entry.isSymbolicLink()) await chmod(path, await modeOf(path, entry.isDirectory()));
    // eslint-disable-next-line no-await-in-loop -- some thousand, at 20 µs
    await lutimes(path, 0, 0);
  }
}

async function modeOf(path: string, isDirectory: boolean): Promise<number> {
  return isDirectory || (await stat(path)).mode & 0o100 ? 0o755 : 0o644;
}
