import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { BROWSER_CLASSES } from '../protocol/src/browser/classes.ts';
import { GROUP_GLOBALS } from '../runner/src/guest/presets.ts';

/**
 * Writes runner/generated/guest/*.js: the bootstrap and one script for each group of globals, as
 * text that the isolate engine evaluates in guest realms. `--check` fails when they are not current.
 */
const root = new URL('../runner/', import.meta.url);
const output = new URL('generated/guest/', root);

interface Bundle {
  name: string;
  /** The module, and what of it the script's completion value is made of. */
  entry: string;
  exported: string;
  parameters: string;
  returned: string;
}

const core: Bundle = {
  name: 'core',
  entry: './src/guest/boot.ts',
  exported: 'boot',
  parameters: '',
  returned: '$made',
};

/** The bootstrap of realms that run WebAssembly modules, and no script of a guest's. */
const wasm: Bundle = { ...core, name: 'wasm', entry: './src/engines/wasm/guest/boot.ts' };

/** Of groups that are no capability of the bridge's. */
const ENTRIES: { [group: string]: string | undefined } = {
  'async-context': './src/runtimes/guest/async-context/guest.ts',
};

function groupBundle(name: string): Bundle {
  return {
    name,
    entry: ENTRIES[name] ?? `./src/bridge/${name}/guest.ts`,
    exported: 'install',
    parameters: '$core',
    returned: '$made($core)',
  };
}

/** What guest code has of the other rooms, none of which it may import: data, by name. */
const SHARED = { $browserClasses: JSON.stringify(BROWSER_CLASSES) };

/**
 * Identifiers keep their names, since a guest sees those of classes and functions. What is exported
 * leaves by an assignment: the bundler's own way out would use `Object` as the guest left it.
 */
async function bundleText(bundle: Bundle): Promise<string> {
  const { name, entry, exported, parameters, returned } = bundle;
  const result = await build({
    stdin: {
      contents: `import { ${exported} } from ${JSON.stringify(entry)}; $made = ${exported};`,
      resolveDir: root.pathname,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2024',
    platform: 'neutral',
    define: SHARED,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'error',
  });
  const code = result.outputFiles[0]!.text.trim();
  const factory = `(function(${parameters}){"use strict";let $made;${code}return ${returned}})`;
  return `${factory}${parameters === '' ? '()' : ''}\n//# sourceURL=cofferdam:${name}\n`;
}

async function isCurrent(file: URL, text: string): Promise<boolean> {
  return (await readFile(file, 'utf8').catch(() => undefined)) === text;
}

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const bundles = [core, wasm, ...Object.keys(GROUP_GLOBALS).map(groupBundle)];
await mkdir(output, { recursive: true });
const stale: string[] = [];
for (const bundle of bundles) {
  const text = await bundleText(bundle);
  const file = new URL(`${bundle.name}.js`, output);
  if (await isCurrent(file, text)) continue;
  stale.push(bundle.name);
  if (!values.check) await writeFile(file, text);
}
if (values.check && stale.length > 0) {
  console.error(`not current: ${stale.join(', ')}; run: node scripts/generate-guest.ts`);
  process.exitCode = 1;
} else {
  console.log(stale.length > 0 ? `wrote ${stale.join(', ')}` : 'all guest bundles are current');
}
