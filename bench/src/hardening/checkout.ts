import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const HERE = fileURLToPath(new URL('../../../', import.meta.url));
/** Linked to the rooms of the checkout, not to ours. */
const OWN = new Set(['@cofferdam', 'cofferdam', '.cache', '.package-lock.json']);

/** Another commit's files in a folder of their own, with the packages that are installed here. */
export interface Checkout extends AsyncDisposable {
  /** Its root, with a slash at its end. */
  root: URL;
}

/** Throws what git says where there is no such commit. */
export async function checkOut(commit: string): Promise<Checkout> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-base-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const archive = join(folder, '.tar');
    await run('git', ['archive', '--output', archive, commit], { cwd: HERE });
    await run('tar', ['-xf', archive, '-C', folder]);
    await linkPackages(folder);
  } catch (error) {
    await remove();
    throw error;
  }
  return { root: pathToFileURL(`${folder}/`), [Symbol.asyncDispose]: remove };
}

async function linkPackages(folder: string): Promise<void> {
  const [there, here] = [join(folder, 'node_modules'), join(HERE, 'node_modules')];
  const others = (await readdir(here)).filter((name) => !OWN.has(name));
  const rooms = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  const links = new Map(others.map((name) => [join(there, name), join(here, name)]));
  for (const room of rooms) {
    links.set(join(there, '@cofferdam', room), join(folder, room));
    links.set(join(folder, room, 'node_modules'), join(HERE, room, 'node_modules'));
  }
  links.set(join(there, 'cofferdam'), join(folder, 'sdk'));
  for (const [link, target] of links) {
    // A room that is no room here, or has no packages of its own, has nothing to link.
    // eslint-disable-next-line no-await-in-loop -- a few hundred links
    if (await lstat(target).catch(() => undefined)) await makeLink(link, target);
  }
}

async function makeLink(link: string, target: string): Promise<void> {
  if (!(await lstat(dirname(dirname(link)))).isDirectory()) return;
  await mkdir(dirname(link), { recursive: true }).catch(() => undefined);
  await symlink(target, link).catch(() => undefined);
}
