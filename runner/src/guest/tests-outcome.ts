import type { TestResults } from '../bridge/tests/guest/results.ts';
import { describeError, failedOutcome, type RunOutcome } from './failure.ts';
import { list, record, slice } from './intrinsics.ts';
import { Serializer } from './serialize.ts';

/** Names of failed tests in one message. */
const MAX_NAMED = 5;
const MAX_MESSAGE = 1024;

/** Tests that ended, well or not: their results are the value. Never throws. */
export function resultsOutcome(results: TestResults, outputBytes: number): RunOutcome {
  try {
    const text = written(results, outputBytes) ?? written(withoutDetails(results), outputBytes);
    if (text !== undefined) return list<any>('Completed', text) as RunOutcome;
    const message = `The results of the tests are larger than ${outputBytes} bytes`;
    return failedOutcome('Output', record({ name: 'OutputError', message }));
  } catch (error) {
    return describeError(error);
  }
}

/** The same of a run, which a failed test fails. */
export function checkOutcome(results: TestResults, outputBytes: number): RunOutcome {
  const outcome = resultsOutcome(results, outputBytes);
  if (outcome[0] !== 'Completed' || results.success) return outcome;
  outcome[0] = 'TestFailure';
  outcome[3] = 'TestFailure';
  outcome[4] = failureMessage(results);
  return outcome;
}

function written(results: TestResults, outputBytes: number): string | undefined {
  return new Serializer(outputBytes).write(results, 'results');
}

/** In place: what says where and why in full is left out before everything is. */
function withoutDetails(results: TestResults): TestResults {
  const { tests } = results;
  for (let i = 0; i < tests.length; i++) {
    const { error } = tests[i]!;
    if (error)
      tests[i]!.error = record({ name: error.name, message: slice(error.message, 0, 200) });
  }
  return results;
}

/** `2 of 5 tests failed: sum > adds, sum > carries` */
function failureMessage({ failed, total, tests, errors }: TestResults): string {
  if (failed === 0) return slice(errors[0]?.message ?? 'The tests failed', 0, MAX_MESSAGE);
  let names = '';
  let named = 0;
  for (let i = 0; i < tests.length && named < MAX_NAMED; i++) {
    if (tests[i]!.status !== 'fail') continue;
    names += `${named === 0 ? '' : ', '}${tests[i]!.fullName}`;
    named++;
  }
  const more = failed > named ? ', …' : '';
  return `${failed} of ${total} tests failed: ${slice(names, 0, MAX_MESSAGE)}${more}`;
}
