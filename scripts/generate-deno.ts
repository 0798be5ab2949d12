import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The host script of a Deno process: one file, since a process without permissions reads no other. */
const ENTRY = fileURLToPath(new URL('../runner/src/engines/deno/inside/main.ts', import.meta.url));
const TARGET = fileURLToPath(new URL('../runner/generated/deno/inside.js', import.meta.url));

const { outputFiles } = await build({
  entryPoints: [ENTRY],
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'esnext',
  charset: 'utf8',
  legalComments: 'none',
  write: false,
});
const text = outputFiles[0]!.text;

if (process.argv.includes('--check')) {
  if (currentText() !== text) {
    console.error(
      'runner/generated/deno/inside.js is not current: run node scripts/generate-deno.ts',
    );
    process.exitCode = 1;
  }
} else {
  mkdirSync(dirname(TARGET), { recursive: true });
  writeFileSync(TARGET, text);
}

function currentText(): string | undefined {
  try {
    return readFileSync(TARGET, 'utf8');
  } catch {
    return undefined;
  }
}
