import { globSync } from 'node:fs';
import { basename } from 'node:path';
import type { Step } from './steps.ts';

/** One step for each `scripts/generate-*.ts`; with `--check` it says whether its files are current. */
export function generatorSteps(flags: readonly string[]): Step[] {
  return globSync('scripts/generate-*.ts')
    .toSorted()
    .map((file) => ({
      name: [basename(file, '.ts'), ...flags].join(' '),
      command: process.execPath,
      args: [file, ...flags],
    }));
}
