import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../cluster/command.ts';

export const STAND_IN_IMAGE = 'e2e.local/stand-in:1';
const FOLDER = '/app/stand-in';

/** The runner's image with hostile code instead of the runner; answers its archive, in a folder to be removed. */
export async function standInImage(runnerArchive: string, targets: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stand-in-'));
  const [native, list] = [join(folder, 'native'), join(folder, 'targets.json')];
  await run('gcc', [
    '-static',
    '-O2',
    '-Wall',
    '-o',
    native,
    join(import.meta.dirname, 'native.c'),
  ]);
  await writeFile(list, JSON.stringify(targets));
  const container = (await run('buildah', ['from', `docker-archive:${runnerArchive}`])).trim();
  try {
    const files = [native, list, join(import.meta.dirname, 'main.ts')];
    await run('buildah', ['copy', '--chmod', '0755', container, ...files, `${FOLDER}/`]);
    const entrypoint = JSON.stringify(['/usr/local/bin/node', `${FOLDER}/main.ts`]);
    await run('buildah', ['config', '--entrypoint', entrypoint, container]);
    const archive = join(folder, 'stand-in.tar');
    await run('buildah', [
      'commit',
      '--quiet',
      container,
      `docker-archive:${archive}:${STAND_IN_IMAGE}`,
    ]);
    return archive;
  } finally {
    await run('buildah', ['rm', container]);
  }
}

export async function removeImage(archive: string): Promise<void> {
  await rm(join(archive, '..'), { recursive: true });
}
