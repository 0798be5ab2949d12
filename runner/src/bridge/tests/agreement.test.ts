import {
  MAX_SUITE_DEPTH,
  MAX_SUITES,
  MAX_TEST_ERROR_TEXT,
  MAX_TEST_NAME,
  MAX_TEST_RUN_ERRORS,
  MAX_TESTS,
  type TestEvent,
  type TestResults,
} from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { capturePrimordials } from '../../guest/primordials.ts';
import * as results from './guest/results.ts';

describe('results as the guest makes them', () => {
  it('are bounded as the protocol has it', () => {
    expect({ ...results }).toEqual({
      ...{ MAX_SUITE_DEPTH, MAX_SUITES, MAX_TEST_ERROR_TEXT, MAX_TEST_NAME, MAX_TEST_RUN_ERRORS },
      MAX_TESTS,
    });
  });

  it('have the types of the protocol', () => {
    // Checked by the compiler: what is made in the guest is what is read outside.
    const asRead: (made: results.TestResults) => TestResults = (made) => made;
    const asTold: (made: results.TestEvent) => TestEvent = (made) => made;
    expect([asRead, asTold].map((same) => same.length)).toEqual([1, 1]);
  });
});

describe('events for which there is no room', () => {
  it('are dropped, and the next one comes with how many those were', async () => {
    // What a guest's realm gives to its groups.
    Object.assign(globalThis, { $core: { primordials: capturePrimordials() } });
    const { bestEffort } = await import('./guest/events.ts');
    let room = 1;
    const told: results.TestEvent[] = [];
    const emit = bestEffort((event) => {
      if (room-- <= 0) throw new Error('too much is waiting');
      told.push(event);
    });
    const event = { type: 'runStart', testCount: 1, suiteCount: 0 } as const;
    for (let i = 0; i < 4; i++) emit(event);
    room = 10;
    emit(event);
    expect(told.map((one) => (one.type === 'dropped' ? one.count : one.type))).toEqual([
      ...['runStart', 3, 'runStart'],
    ]);
  });
});
