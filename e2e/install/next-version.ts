import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../cluster/command.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FRAME = 'protocol/src/wire/frame.ts';
const VERSION = /(export const WIRE_VERSION = )(\d+);/;
/** What the images are made of. */
const SOURCES = /^(?!node_modules|\.git$|dist|docs)/;

/** The tag of the images of a version that speaks the wire protocol's next version. */
export const NEXT = 'next';

/** Builds this checkout's images as the release after it would be: its wire protocol is one version on. */
export async function buildNextVersion(): Promise<string[]> {
  const copy = await mkdtemp(join(tmpdir(), 'cofferdam-next-'));
  try {
    await cp(ROOT, copy, {
      recursive: true,
      filter: (source) => {
        const path = source.slice(ROOT.length);
        return path === '' || (SOURCES.test(path) && !path.includes('node_modules'));
      },
    });
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    await raiseVersion(join(copy, FRAME));
    const output = join(ROOT, 'dist/e2e/next');
    const args = ['scripts/images.ts', '--engine', 'buildah', '--tag', NEXT, '--output', output];
    await run('node', args, { cwd: copy });
    return ['cofferdam-runner', 'cofferdam'].map((name) => join(output, `${name}.tar`));
  } finally {
    await rm(copy, { recursive: true });
  }
}

async function raiseVersion(file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const next = text.replace(
    VERSION,
    (_, start: string, version) => `${start}${Number(version) + 1};`,
  );
  if (next === text) throw new Error(`${FRAME} names no WIRE_VERSION`);
  await writeFile(file, next);
}
