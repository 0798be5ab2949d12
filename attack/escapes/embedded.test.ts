import { afterAll, beforeAll, expect, it } from 'vitest';
import { figures } from '../src/report.ts';
import { startTarget, type Target } from '../src/target.ts';
import { layCanaries, type Canaries } from './canaries.ts';
import type { EmbeddedAttempt } from './embedded.ts';
import { Embedder } from './embedders.ts';
import { KIT } from './evidence.ts';
import { embeddedTrials } from './plan.ts';
import { inParallel, Tally } from './tally.ts';

const WIDTH = 4;

let canaries: Canaries;
let target: Target;
let embedder: Embedder;

beforeAll(async () => {
  canaries = await layCanaries();
  target = await startTarget({ env: { ATTACK_SECRET: canaries.environment } });
  embedder = await Embedder.connect(target.url);
}, 120_000);
afterAll(async () => {
  await embedder[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
  await canaries[Symbol.asyncDispose]();
});

async function make(attempt: EmbeddedAttempt, tally: Tally): Promise<void> {
  const { kind } = attempt;
  // What the realm's own console may no longer be able to say, this one was given before.
  const code = `${KIT}\nconst { log: said } = console; let got;
    try { got = await (async () => { ${canaries.filled(attempt.code)}\n})() } catch (error) { got = error }
    said(evidence(got));`;
  const { lines, outcome } = await embedder.run(kind, code);
  const value = lines.find((line) => line.startsWith('looked '));
  // A guest whose source speaks of it has promises that carry a context.
  const carries = /AsyncContext|async_hooks/.test(attempt.code) ? ' with async context' : '';
  const place = { engine: 'isolate', realm: `guest of kind ${kind}${carries}` } as const;
  tally.add(attempt, place, { value, answer: [lines, outcome], own: 'nothing' });
}

it('no attempt leaves a guest of an embedder, by what only such a guest has', async () => {
  const tally = new Tally();
  const failures: string[] = [];
  await inParallel(embeddedTrials(), WIDTH, (attempt) =>
    make(attempt, tally).catch((error: Error) => void failures.push(`${attempt.name}: ${error}`)),
  );
  expect(failures).toEqual([]);
  expect(tally.verdicts()).toEqual([]);
  expect(await canaries.touched()).toEqual({ connections: 0, read: false });
  expect(tally.looked / tally.runs).toBeGreaterThan(0.7);
  const { attempts, runs, looked } = tally;
  figures('escapes-embedded', { attempts, runs, looked });
}, 1_800_000);
