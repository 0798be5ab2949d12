import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { customResource } from './crds/custom-resource.ts';
import { DEFINITIONS } from './crds/definitions.ts';

/**
 * Writes crds/*.yaml from the protocol's schemas, and the same for the chart, whose templates can only
 * read files inside of it. `--check` fails when they are not current.
 */
const NOTE =
  "# Written by scripts/generate-crds.ts from the protocol's schemas. Change those, then `npm run generate`.\n";
const FOLDERS = ['crds', 'charts/cofferdam/crds'];

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const stale: string[] = [];
for (const folder of FOLDERS) {
  const directory = new URL(`../${folder}/`, import.meta.url);
  if (!values.check) await mkdir(directory, { recursive: true });
  for (const definition of DEFINITIONS) {
    const resource = customResource(definition);
    const file = new URL(`${resource.spec.names.plural}.yaml`, directory);
    // No anchors: an API server's own reader would not mind, but a person does.
    const yaml = stringify(resource, { lineWidth: 0, aliasDuplicateObjects: false });
    const text = await format(NOTE + yaml, { ...(await resolveConfig(file)), parser: 'yaml' });
    if ((await readFile(file, 'utf8').catch(() => undefined)) === text) continue;
    stale.push(`${folder}/${resource.spec.names.plural}.yaml`);
    if (!values.check) await writeFile(file, text);
  }
}
if (values.check && stale.length > 0) {
  console.error(`not current: ${stale.join(', ')}; run: node scripts/generate-crds.ts`);
  process.exitCode = 1;
} else {
  console.log(stale.length > 0 ? `wrote ${stale.join(', ')}` : 'the CRDs are current');
}
