import { junitXml as written, parser, TestResultsSchema } from '@cofferdam/protocol';
import { aText, options } from '../options/check.ts';
import type { JunitOptions, TestResults } from './types.ts';

const readResults = parser(TestResultsSchema);
const readOptions = options({ name: aText(512) });

/**
 * Results as JUnit's XML, which CI systems read: a `testsuite` for each suite that has tests of its own.
 * Names and messages are escaped, without control characters, and failures say 4 MiB together at most.
 *
 * Throws `INVALID_INPUT` for what are no results.
 */
export function junitXml(results: TestResults, given: JunitOptions): string {
  const { name = 'tests' } = readOptions(given, '');
  return written(readResults(results), { name });
}
