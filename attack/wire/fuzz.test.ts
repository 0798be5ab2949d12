import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, it } from 'vitest';
import { figures } from '../src/report.ts';
import { scaled } from '../src/scale.ts';

/** `COFFERDAM_ATTACK_SEED` repeats a run. */
const SEED = Number(process.env.COFFERDAM_ATTACK_SEED ?? 1);
/** Each in a process of its own, two at a time: none may leave anything behind. */
const { parts, inputs } = scaled({
  quick: { parts: 1, inputs: 100_000 },
  ci: { parts: 2, inputs: 250_000 },
  full: { parts: 10, inputs: 1_000_000 },
});
const AT_ONCE = 2;

interface Summary {
  seed: number;
  inputs: number;
  failures: number;
}

const summaries: Summary[] = [];
afterAll(() => figures('wire', { parts: summaries }));

it(`no input of ${parts * inputs} ends, blocks or fills what reads it`, async () => {
  const seeds = Array.from({ length: parts }, (_, index) => SEED + index);
  const worker = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) await fuzzed(seed);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  expect(summaries).toHaveLength(parts);
}, 7_200_000);

async function fuzzed(seed: number): Promise<void> {
  const main = join(import.meta.dirname, 'fuzz.ts');
  const child = spawn(process.execPath, [main, '--seed', `${seed}`, '--inputs', `${inputs}`]);
  const [out, said] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  expect(child.exitCode, `${said}${out}`).toBe(0);
  summaries.push(JSON.parse(out) as Summary);
}
