import { DEFAULT_LIMITS, POOL_DEFAULTS, runnerMemoryBytes } from '@cofferdam/protocol';
import { expect, it } from 'vitest';
import { containerMemoryBytes, DEFAULT_CONTAINER_LIMITS } from './container-spec.ts';

const { memoryBytes, tmpBytes } = DEFAULT_CONTAINER_LIMITS;
const needed = (runsPerProcess: number) =>
  runnerMemoryBytes({ runsPerProcess, memoryBytes: DEFAULT_LIMITS.memoryBytes }) + tmpBytes;

it('gives a container the memory that a full process, its worst run and full files need', () => {
  expect(memoryBytes).toBeGreaterThanOrEqual(needed(POOL_DEFAULTS.runsPerProcess));
  expect(containerMemoryBytes(POOL_DEFAULTS.runsPerProcess)).toBe(memoryBytes);
  expect(containerMemoryBytes(64)).toBe(needed(64));
});
