import { mkdir, writeFile } from 'node:fs/promises';

const RESULTS = new URL('../results/', import.meta.url);

/** Keeps what was measured last under `bench/results`. */
export async function keepResults(name: string, report: object): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL(`${name}.json`, RESULTS), `${JSON.stringify(report, null, 2)}\n`);
}
