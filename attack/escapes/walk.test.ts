import { afterAll, beforeAll, expect, it } from 'vitest';
import { figures } from '../src/report.ts';
import { startTarget, type Target } from '../src/target.ts';
import type { Kind } from './embedded.ts';
import { Embedder } from './embedders.ts';
import { readEvidence } from './evidence.ts';
import { WALK, type Walked } from './walk.ts';

const measured: Record<string, Pick<Walked, 'objects' | 'functions' | 'calls'>> = {};
const BUDGET = { timeout: 30_000, limits: { cpuTimeMs: 20_000, bridgeCalls: 10_000 } };
let target: Target;
let embedder: Embedder;

beforeAll(async () => {
  target = await startTarget();
  embedder = await Embedder.connect(target.url);
}, 120_000);
afterAll(async () => {
  await embedder[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
  figures('escapes-walk', measured);
});

/** Nothing of the host, and no function that is not of the guest's own realm. */
function expectOwn(name: string, text: unknown): void {
  const { evidence, foreign, unnamed, ...counts } = JSON.parse(String(text)) as Walked;
  expect({ alarms: readEvidence(evidence)?.alarms, foreign, unnamed }).toEqual({
    alarms: [],
    foreign: [],
    unnamed: [],
  });
  measured[name] = counts;
}

it.each([
  ['minimal', 1_200],
  ['compute', 1_200],
  ['data', 1_300],
  ['agent', 1_500],
  ['web', 2_500],
])('everything that is reachable in preset %s is of the guest’s realm', async (preset, least) => {
  const code = `${WALK}\nreturn walk({ globalThis, input, env })`;
  const { body, text } = await target.run({ code, preset, env: { a: [1] }, ...BUDGET });
  const { exitReason, result } = body as { exitReason: string; result: unknown };
  if (exitReason !== 'Completed') throw new Error(text);
  expectOwn(preset, result);
  expect(measured[preset]!.objects).toBeGreaterThan(least);
});

/** What each kind of guest has beside its preset. */
const ROOTS: Record<Kind, string> = {
  runtime: `{ globalThis, tool, count, calls, streamed: count(), browser, AsyncContext, loaded: await import('./module.js'),
    common: await import('./common.cjs'), files: await import('node:fs/promises'), hooks: await import('node:async_hooks'),
    nested: await import('cofferdam'), meta: import.meta, answer: await fetch('http://a.test/') }`,
  session: `{ globalThis, tool, count, calls, meta: import.meta, answer: await fetch('http://a.test/') }`,
  tests: `{ globalThis, describe, test, it, expect, beforeAll, afterEach, assertion: expect(1), refused: expect(Promise.resolve(1)).resolves }`,
  server: `{ globalThis, serve, request, server, signal: request.signal, body: request.body }`,
};

it.each(Object.entries(ROOTS) as [Kind, string][])(
  'everything that is reachable for a guest of kind %s is of its own realm',
  async (kind, roots) => {
    const { lines, outcome } = await embedder.run(
      kind,
      `${WALK}\nconsole.log('walked ' + (await walk(${roots})))`,
    );
    const line = lines.find((each) => each.startsWith('walked '));
    if (line === undefined) throw new Error(JSON.stringify([outcome, lines]));
    expectOwn(kind, line.slice('walked '.length));
  },
);
