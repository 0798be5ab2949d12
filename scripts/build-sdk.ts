import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPackage } from './sdk-package/build.ts';

/** Writes the npm package `cofferdam`: `node scripts/build-sdk.ts [--output DIR]`, by default dist/sdk. */
const { values } = parseArgs({ options: { output: { type: 'string', default: 'dist/sdk' } } });
await buildPackage(resolve(values.output));
console.log(`wrote ${values.output}`);
