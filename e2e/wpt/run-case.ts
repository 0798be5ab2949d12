import { randomUUID } from 'node:crypto';
import { resolveLimits } from '../../protocol/src/index.ts';
import { noFetch } from '../../runner/src/bridge/fetch/none.ts';
import type { Engine } from '../../runner/src/engines/engine.ts';
import { inputOf, programOf, type CaseAnswer } from './program.ts';
import { servedBy } from './served.ts';
import type { TestCase } from './test-case.ts';
import type { TestTree } from './tree.ts';

const WALL_MS = 180_000;
/** What the harness is left to say which tests hang. */
const PATIENCE_MS = 150_000;

const LIMITS = resolveLimits({
  wallTimeMs: WALL_MS,
  cpuTimeMs: 60_000,
  memoryBytes: 512 * 2 ** 20,
  outputBytes: 2 ** 20,
  bridgeCalls: 100_000,
  bridgePayloadBytes: 16 * 2 ** 20,
});

export interface Failure {
  name: string;
  message: string;
}

export interface CaseResult {
  name: string;
  passed: string[];
  failed: Failure[];
}

/** What a case's run is called where it did not end as a harness ends. */
const HARNESS = '(harness)';

/** Runs cases of a tree, each in an isolate that nothing ran in before. */
export class CaseRunner {
  readonly #engine: Engine;
  readonly #tree: TestTree;
  readonly #harness: string;

  constructor(engine: Engine, tree: TestTree, harness: string) {
    this.#engine = engine;
    this.#tree = tree;
    this.#harness = harness;
  }

  async run(test: TestCase): Promise<CaseResult> {
    const outcome = await this.#engine.run({
      request: {
        runId: `r-${randomUUID()}`,
        tenant: 'wpt',
        name: 'wpt',
        engine: 'isolate',
        preset: 'web',
        reuse: 'none',
        limits: LIMITS,
        input: inputOf(test, PATIENCE_MS),
      },
      source: programOf(test, this.#harness),
      signal: new AbortController().signal,
      openFetch: servedBy(this.#tree),
      openWebSocket: noFetch,
    });
    if (outcome.exitReason === 'Completed') return resultOf(test, JSON.parse(outcome.value!));
    const message = `${outcome.exitReason}: ${outcome.error?.name}: ${outcome.error?.message}`;
    return { name: test.name, passed: [], failed: [{ name: HARNESS, message }] };
  }
}

function resultOf(test: TestCase, { harness, passed, failed }: CaseAnswer): CaseResult {
  const failures = failed.map(({ name, message }) => ({ name, message: message ?? 'did not run' }));
  if (harness.status !== 0) {
    failures.push({ name: HARNESS, message: `${harness.status}: ${harness.message}` });
  }
  return { name: test.name, passed, failed: failures };
}
