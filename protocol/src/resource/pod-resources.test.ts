import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../run/limits.ts';
import { parseBytes } from '../run/units.ts';
import { podAmounts, runnerMemoryBytes } from './pod-resources.ts';
import { POOL_DEFAULTS } from './sandbox-pool.ts';

const { runsPerProcess } = POOL_DEFAULTS;
const { memoryBytes } = DEFAULT_LIMITS;
const MiB = 1024 * 1024;

it('gives a pod the memory that a process full of runs needs, one of which goes over its limit', () => {
  const given = parseBytes(podAmounts({}, 'limits').memory)!;
  const needed = runnerMemoryBytes({ runsPerProcess, memoryBytes });
  expect(given).toBeGreaterThanOrEqual(needed);
  // And no more than is needed: it is what a hostile tenant can take.
  expect(given - needed).toBeLessThan(128 * MiB);
});

it('needs more for each run and for the memory of each', () => {
  const of = (runs: number, MiBs: number) =>
    runnerMemoryBytes({ runsPerProcess: runs, memoryBytes: MiBs * MiB });
  expect(of(2, 64) - of(1, 64)).toBe(64 * MiB);
  expect(of(2, 128) - of(2, 64)).toBe(128 * MiB);
});
