import { mkdirSync, writeFileSync } from 'node:fs';
import { scale } from './scale.ts';
import { targetName } from './target.ts';

const RESULTS = new URL('../results/', import.meta.url);

/** Keeps what a suite has measured as attack/results/<suite>-<target>.json: docs/attacks.md has its figures from there. */
export function figures(suite: string, values: Record<string, unknown>): void {
  mkdirSync(RESULTS, { recursive: true });
  const text = JSON.stringify({ suite, scale, target: targetName, ...values }, null, 2);
  writeFileSync(new URL(`${suite}-${targetName}.json`, RESULTS), `${text}\n`);
}
