import { globSync, readFileSync } from 'node:fs';
import { breachesOf, readRoomTable } from './boundaries.ts';

const table = readRoomTable(readFileSync('docs/architecture.md', 'utf8'));
const files = globSync('*/{src,test}/**/*.ts', { exclude: ['**/node_modules/**'] });
const breaches = files.flatMap((file) => breachesOf(file, readFileSync(file, 'utf8'), table));

for (const { file, specifier, reason } of breaches)
  console.log(`${file}: '${specifier}': ${reason}`);
if (table.size === 0) console.log('docs/architecture.md has no table of rooms');
process.exitCode = breaches.length > 0 || table.size === 0 ? 1 : 0;
