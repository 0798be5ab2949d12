import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { IsolateHost } from 'cofferdam';
import type { Figures } from '../samples.ts';
import { inRounds, timed } from '../sdk/rounds.ts';
import { ended, Stand } from '../sdk/stand.ts';

const TESTS = 1_000;
const PER_SUITE = 50;
const ROUNDS = 6;
/** Processes of a new installation have written their compile cache by then; later ones read it. */
const CACHED_AFTER_MS = 2_000;
/** Whoever made a guest last has made the next one's process ready by then. */
const PAUSE_MS = 500;

const VITEST = join(
  dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
);
const PROGRAM = fileURLToPath(new URL('suite-process.ts', import.meta.url));

export interface Suite {
  /** `createTestRuntime` and `run`, where the daemon runs. */
  warm: Figures;
  /** The same after `createIsolateHost` where none runs. */
  cold: Figures;
  /** A program that does the same as the first, from its process' start to its end. */
  program: Figures;
  /** `vitest run` of the same file, from its process' start to its end. */
  vitest: Figures;
}

/** A file of 1,000 trivial tests, in a guest and in vitest. */
export async function measureSuite(): Promise<Suite> {
  await using stack = new AsyncDisposableStack();
  const stand = stack.use(await Stand.make());
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-bench-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const code = suiteSource();
  const file = join(folder, 'suite.test.js');
  const cache = join(folder, 'cache');
  await writeFile(file, code);
  const take = {
    cold: () => cold(stand, code),
    warm: () => warm(stand, code),
    program: () => onDaemon(stand, () => program([PROGRAM, stand.socketPath, file], cache)),
    vitest: () => program([VITEST, 'run', '--globals', '--root', folder], cache),
  };
  const turns = Object.entries(take).map(([name, once]) => ({
    name,
    take: async () => [await once()],
  }));
  await cold(stand, code, CACHED_AFTER_MS);
  for (const turn of turns) await turn.take();
  return (await inRounds(ROUNDS, turns)) as unknown as Suite;
}

/** Both find `describe`, `test` and `expect` on the global object. */
function suiteSource(): string {
  const suites = Array.from({ length: TESTS / PER_SUITE }, (_suite, suite) => {
    const tests = Array.from({ length: PER_SUITE }, (_test, index) => {
      const number = suite * PER_SUITE + index;
      return `  test('adds one to ${number}', () => { expect(${number} + 1).toBe(${number + 1}); });`;
    });
    return `describe('suite ${suite}', () => {\n${tests.join('\n')}\n});`;
  });
  return suites.join('\n');
}

async function cold(stand: Stand, code: string, stayMs = 0): Promise<number> {
  await stand.stopDaemon();
  const began = performance.now();
  const host = await stand.openHost();
  try {
    await run(host, code);
    const took = performance.now() - began;
    await sleep(stayMs);
    return took;
  } finally {
    await host.close();
  }
}

async function warm(stand: Stand, code: string): Promise<number> {
  const host = await stand.openHost();
  try {
    await sleep(PAUSE_MS);
    return await timed(() => run(host, code));
  } finally {
    await host.close();
  }
}

/** While somebody else is connected, so that the daemon stays. */
async function onDaemon(stand: Stand, work: () => Promise<number>): Promise<number> {
  const host = await stand.openHost();
  try {
    await sleep(PAUSE_MS);
    return await work();
  } finally {
    await host.close();
  }
}

async function run(host: IsolateHost, code: string): Promise<void> {
  const runtime = await host.createTestRuntime();
  const { passed, success } = await runtime.run(code, 'suite.test.js');
  if (!success || passed !== TESTS) throw new Error(`${passed} of ${TESTS} tests passed`);
  await runtime.dispose();
}

/** With a compile cache, as anybody may have who starts a program again and again. */
function program(args: string[], cache: string): Promise<number> {
  const env = { ...process.env, NODE_COMPILE_CACHE: cache };
  return timed(() => ended(spawn(process.execPath, args, { stdio: 'ignore', env })));
}
