import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT } from './places.ts';

/** A link of the README's to a page of the repository. */
const PAGE = /(\]\()\.\.\/(docs\/[\w./-]+\.md)/g;

/** What editors are told of a host script and of a worker: their globals. */
const GLOBALS = ['host.d.ts', 'worker.d.ts'];

/** The README, with the pages that it links to, the licence, and the declarations of globals. */
export async function writeDocuments(output: string): Promise<void> {
  await cp(join(ROOT, 'LICENSE'), join(output, 'LICENSE'));
  for (const name of GLOBALS) {
    // eslint-disable-next-line no-await-in-loop -- two
    await cp(join(ROOT, 'typecheck/types', name), join(output, 'types', name));
  }
  const readme = await readFile(join(ROOT, 'sdk/README.md'), 'utf8');
  const pages = new Set([...readme.matchAll(PAGE)].map(([, , page]) => page!));
  for (const page of pages) {
    // eslint-disable-next-line no-await-in-loop -- a few
    await mkdir(dirname(join(output, page)), { recursive: true });
    // eslint-disable-next-line no-await-in-loop
    await cp(join(ROOT, page), join(output, page));
  }
  await writeFile(join(output, 'README.md'), readme.replaceAll(PAGE, '$1$2'));
}
