import { describe, it } from 'vitest';
import { floodWithCalls, floodWithRequests } from './flood-cases.ts';
import { floods } from './flood-rig.ts';

const { flood } = floods();
const MINUTES = 60_000;
const limits = { executionTimeout: 2 * MINUTES, memoryLimitMB: 512 };

/* eslint-disable vitest/expect-expect -- the cases expect */
describe('a guest that floods its host for long with', () => {
  it(
    'a million calls without waiting has most of them refused',
    () => floodWithCalls(flood, { count: 1e6, refusedAtLeast: 900_000, ...limits }),
    3 * MINUTES,
  );

  it(
    '100,000 requests has 64 open and the others refused',
    () => floodWithRequests(flood, { count: 1e5, ...limits }),
    3 * MINUTES,
  );
});
