import { globSync } from 'node:fs';
import { basename } from 'node:path';
import type { Step } from './steps.ts';

/** It reads what the others write. */
const LAST = 'scripts/generate-api.ts';

/** One step for each `scripts/generate-*.ts`; with `--check` it says whether its files are current. */
export function generatorSteps(flags: readonly string[]): Step[] {
  return globSync('scripts/generate-*.ts')
    .toSorted((a, b) => Number(a === LAST) - Number(b === LAST) || (a < b ? -1 : 1))
    .map((file) => ({
      name: [basename(file, '.ts'), ...flags].join(' '),
      command: process.execPath,
      args: [file, ...flags],
    }));
}
