import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { transform } from 'esbuild';
import { placeOf, referenceOf, ROOT, specifierFrom } from './places.ts';
import { renameReferences } from './references.ts';

/** What came into the package. */
export interface Emitted {
  /** By their paths from the root of the repository. */
  files: Set<string>;
  /** npm packages that they import. */
  packages: Set<string>;
}

/** The oldest Node that a program which embeds Cofferdam may run on. */
const TARGET = 'node20.19';
const POLYFILL = 'scripts/sdk-package/with-resolvers.js';
/** The one thing of Node 22 in the sources that a transform alone does not lower. */
const POLYFILLED = { 'Promise.withResolvers': '$withResolvers' };
/** Written anew for the package. */
const MANIFEST = 'sdk/package.json';

/** Writes JavaScript for the modules and everything that they reach, processes of their own included. */
export async function emitModules(entries: readonly string[], output: string): Promise<Emitted> {
  const emitted: Emitted = { files: new Set(entries), packages: new Set() };
  // Grows while it is gone through.
  for (const file of emitted.files) {
    // eslint-disable-next-line no-await-in-loop -- some hundred small files
    await emitFile(file, { output, emitted });
  }
  return emitted;
}

async function emitFile(file: string, { output, emitted }: { output: string; emitted: Emitted }) {
  if (file === MANIFEST) return;
  const target = join(output, placeOf(file));
  await mkdir(dirname(target), { recursive: true });
  if (file.endsWith('/')) return cp(join(ROOT, file), target, { recursive: true });
  if (!isModule(file)) return copyFile(join(ROOT, file), target);
  const script = await javascript(file);
  const text = renameReferences(script, (specifier) => {
    const reference = referenceOf(specifier, file);
    if (reference.kind === 'package') emitted.packages.add(reference.name);
    if (reference.kind !== 'own') return specifier;
    emitted.files.add(reference.file);
    return specifierFrom(file, reference.file);
  });
  await writeFile(target, text);
}

/** What runs in a guest's realm is read as text, and imports nothing. */
function isModule(file: string): boolean {
  return ['.ts', '.js'].includes(extname(file)) && !file.includes('/generated/guest/');
}

async function javascript(file: string): Promise<string> {
  const source = await readFile(join(ROOT, file), 'utf8');
  const { code } = await transform(source, {
    loader: file.endsWith('.ts') ? 'ts' : 'js',
    format: 'esm',
    target: TARGET,
    charset: 'utf8',
    sourcefile: file,
    define: POLYFILLED,
    tsconfigRaw: { compilerOptions: { target: 'es2024', useDefineForClassFields: true } },
  });
  if (!code.includes('$withResolvers')) return code;
  const name = specifierOfPolyfill(file);
  const line = `import { withResolvers as $withResolvers } from ${JSON.stringify(name)};\n`;
  return code.startsWith('#!') ? code.replace('\n', `\n${line}`) : line + code;
}

/** As a module of the repository would name it, so that it is found like any other. */
function specifierOfPolyfill(file: string): string {
  return `${'../'.repeat(file.split('/').length - 1)}${POLYFILL}`;
}
