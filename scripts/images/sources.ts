import { cp, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { ROOT, type Image } from './image.ts';

/** A module's own files, named in an import or for a process of its own. */
const OWN_MODULE = /(['"])(\.{1,2}\/[^'"\n]*)\.ts\1/g;

/**
 * Copies the image's rooms without their types: every line and column stays where it was. Node would
 * strip them in each process, which costs each 17 to 39 MiB (docs/adr/0010-compile-cache.md).
 */
export async function stageSources(image: Image, output: string): Promise<void> {
  const sources = join(output, 'sources');
  await rm(sources, { recursive: true, force: true });
  for (const room of image.rooms) {
    // eslint-disable-next-line no-await-in-loop -- eight rooms at most
    await stageRoom(room, sources);
  }
  await cp(join(ROOT, 'LICENSE'), join(sources, 'LICENSE'));
}

async function stageRoom(room: string, sources: string): Promise<void> {
  const files = glob(`${room}/{package.json,{src,bin,generated}/**/*.{ts,js,json},types/*.d.ts}`, {
    cwd: ROOT,
  });
  for await (const file of files) {
    if (file.endsWith('.test.ts')) continue;
    const target = join(sources, file.replace(/(?<!\.d)\.ts$/, '.js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, translate(file, await readFile(join(ROOT, file), 'utf8')));
  }
}

function translate(file: string, text: string): string {
  // What runs in a guest's realm is one file already, and has no imports. Declarations are read as text.
  if (file.includes('/generated/') || file.endsWith('.d.ts')) return text;
  const script = file.endsWith('.ts') ? stripTypeScriptTypes(text) : text;
  return script.replace(OWN_MODULE, '$1$2.js$1');
}
