import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { VALUES_SCHEMA } from './chart/values-schema.ts';

/** Writes the chart's values.schema.json. `--check` fails when it is not current. */
const FILE = new URL('../charts/cofferdam/values.schema.json', import.meta.url);

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
// What only an API server understands says nothing to Helm, and an operator's defaults are not Helm's.
const json = JSON.stringify(VALUES_SCHEMA, (key, value: unknown) =>
  key.startsWith('x-kubernetes-') ? undefined : value,
);
const expected = await format(json, { ...(await resolveConfig(FILE)), parser: 'json' });
if ((await readFile(FILE, 'utf8').catch(() => '')) === expected) {
  console.log("the schema of the chart's values is current");
} else if (values.check) {
  console.error('charts/cofferdam/values.schema.json is not current: run npm run generate');
  process.exitCode = 1;
} else {
  await writeFile(FILE, expected);
  console.log('wrote charts/cofferdam/values.schema.json');
}
