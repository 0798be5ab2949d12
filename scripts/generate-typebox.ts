import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

/**
 * Writes protocol/src/generated/typebox.js: what we use of typebox as one file. It is 683 files, which
 * take a process 120 ms to find and read, and this takes 7. `--check` fails when it is not current.
 */
const PROTOCOL = new URL('../protocol/', import.meta.url);
const TYPEBOX = new URL('../node_modules/typebox/', import.meta.url);
const FOLDER = new URL('src/generated/', PROTOCOL);

/** Its own declarations are the bundle's. */
const ENTRY = `
export { Type } from 'typebox';
export { Compile } from 'typebox/compile';
export { Clean, Convert } from 'typebox/value';
`.trimStart();

async function bundleText(): Promise<string> {
  const license = await readFile(new URL('license', TYPEBOX), 'utf8');
  const { version } = JSON.parse(await readFile(new URL('package.json', TYPEBOX), 'utf8')) as {
    version: string;
  };
  const result = await build({
    stdin: { contents: ENTRY, resolveDir: PROTOCOL.pathname, loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'node20.19',
    platform: 'node',
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    banner: { js: `/*! typebox ${version}\n\n${license.trim()}\n*/` },
    logLevel: 'error',
  });
  return result.outputFiles[0]!.text;
}

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const files = { 'typebox.js': await bundleText(), 'typebox.d.ts': ENTRY };
await mkdir(FOLDER, { recursive: true });
const stale: string[] = [];
for (const [name, text] of Object.entries(files)) {
  const file = new URL(name, FOLDER);
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) continue;
  stale.push(name);
  if (!values.check) await writeFile(file, text);
}
if (values.check && stale.length > 0) {
  console.error(`not current: ${stale.join(', ')}; run: node scripts/generate-typebox.ts`);
  process.exitCode = 1;
} else {
  console.log(stale.length > 0 ? `wrote ${stale.join(', ')}` : 'the bundle of typebox is current');
}
