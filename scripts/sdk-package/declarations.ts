import { glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { run } from '../images/command.ts';
import { placeOf, readManifest, referenceOf, ROOT, specifierFrom } from './places.ts';
import { renameReferences } from './references.ts';

/** Writes the declarations of the entries, and of what they name; answers the packages among that. */
export async function emitDeclarations(
  entries: readonly string[],
  output: string,
): Promise<Set<string>> {
  const work = await mkdtemp(join(tmpdir(), 'cofferdam-declarations-'));
  try {
    await declare(entries, work);
    return await take(entries, { work, output });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function declare(entries: readonly string[], work: string): Promise<void> {
  const config = join(work, 'tsconfig.json');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: work,
    rootDir: ROOT,
    typeRoots: [join(ROOT, 'node_modules/@types')],
    paths: await roomEntries(),
  };
  const files = entries.map((file) => join(ROOT, file));
  const project = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: [], files };
  await writeFile(config, JSON.stringify(project));
  await run('tsc', ['-p', config], { cwd: ROOT });
}

/** Found in node_modules, a room's files would be another package's, of which nothing is written. */
async function roomEntries(): Promise<Record<string, string[]>> {
  const paths: Record<string, string[]> = {};
  for await (const file of glob('*/package.json', { cwd: ROOT })) {
    const room = dirname(file);
    for (const [entry, path] of Object.entries(readManifest(room).exports ?? {})) {
      paths[`@cofferdam/${posix.join(room, entry)}`] = [join(ROOT, room, path)];
    }
  }
  return paths;
}

async function take(
  entries: readonly string[],
  { work, output }: { work: string; output: string },
): Promise<Set<string>> {
  const packages = new Set<string>();
  const files = new Set(entries);
  for (const file of files) {
    const declaration = file.replace(/\.[jt]s$/, '.d.ts');
    // What is JavaScript in the sources has its declarations beside it.
    const folder = file.endsWith('.js') ? ROOT : work;
    // eslint-disable-next-line no-await-in-loop -- some dozen small files
    const text = await readFile(join(folder, declaration), 'utf8');
    const renamed = renameReferences(text, (specifier) => {
      const reference = referenceOf(specifier, file);
      if (reference.kind === 'package') packages.add(reference.name);
      if (reference.kind !== 'own') return specifier;
      files.add(reference.file);
      return specifierFrom(file, reference.file);
    });
    const target = join(output, placeOf(declaration));
    // eslint-disable-next-line no-await-in-loop
    await mkdir(dirname(target), { recursive: true });
    // eslint-disable-next-line no-await-in-loop
    await writeFile(target, renamed);
  }
  return packages;
}
