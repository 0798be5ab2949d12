import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { apiPage } from './api/page.ts';
import { readModules } from './api/modules.ts';
import { ROOT } from './api/program.ts';
import { undocumented } from './api/undocumented.ts';

/** Writes docs/api.md from the doc comments of what the package exports. `--check` fails when it is not current. */
const FILE = 'docs/api.md';
const ENTRIES = [
  {
    specifier: 'cofferdam',
    file: 'sdk/src/index.ts',
    about: 'Everything for Node. [sdk/README.md](../sdk/README.md) shows it at work.',
  },
  {
    specifier: 'cofferdam/playwright',
    file: 'sdk/src/playwright.ts',
    about:
      'What it exports beside the above, over a browser of [Playwright](https://playwright.dev)’s. [browser.md](browser.md) shows it at work.',
  },
  {
    specifier: 'cofferdam/client',
    file: 'sdk/src/client/index.ts',
    about:
      'What it exports beside the above; it needs nothing of Node. The types of bodies and answers are those of the OpenAPI document. [client.md](client.md) shows it at work.',
  },
];

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const modules = await readModules(ENTRIES);
const path = join(ROOT, FILE);
const style = await resolveConfig(path);
const text = await format(apiPage(modules), { ...style, parser: 'markdown' });
const missing = undocumented(modules);
const isCurrent = (await readFile(path, 'utf8').catch(() => undefined)) === text;
if (missing.length > 0) {
  console.error(`exported without a doc comment: ${missing.join(', ')}`);
  process.exitCode = 1;
} else if (isCurrent) {
  console.log(`${FILE} is current`);
} else if (values.check) {
  console.error(`not current: ${FILE}; run: node scripts/generate-api.ts`);
  process.exitCode = 1;
} else {
  await writeFile(path, text);
  console.log(`wrote ${FILE}`);
}
