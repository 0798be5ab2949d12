import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { readOpenApi } from './client/document.ts';
import { writeOperations } from './client/operations.ts';
import { TypeWriter } from './client/type-writer.ts';

/**
 * Writes the types of the HTTP client from the gateway's OpenAPI document. `--check` fails when they
 * are not current.
 */
const FILE = 'sdk/src/client/generated/api.ts';
const NOTE =
  '// Written by scripts/generate-client.ts from the OpenAPI document of the gateway. Change its routes, then `npm run generate`.';

const path = fileURLToPath(new URL(`../${FILE}`, import.meta.url));
const types = new TypeWriter();
const operations = writeOperations(await readOpenApi(), types);
const text = [NOTE, types.declarations(), operations].join('\n\n');
const style = await resolveConfig(path);
const formatted = await format(text, { ...style, parser: 'typescript' });
const current = await readFile(path, 'utf8').catch(() => undefined);

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
if (current === formatted) {
  console.log('the types of the client are current');
} else if (values.check) {
  console.error(`not current: ${FILE}; run: node scripts/generate-client.ts`);
  process.exitCode = 1;
} else {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, formatted);
  console.log(`wrote ${FILE}`);
}
