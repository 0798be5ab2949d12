import { parser, TestResultsSchema } from '@cofferdam/protocol';
import type { Runtime } from '../host/runtime.ts';
import { aSignal, aText, options } from '../options/check.ts';
import { executionTimeout } from '../options/runtime-options.ts';
import type { TestResults, TestRunOptions } from './types.ts';

const filename = aText(4_096);
const read = options({ filename, timeoutMs: executionTimeout, signal: aSignal });
/** A hostile guest may answer anything. */
const readResults = parser(TestResultsSchema, 'PROTOCOL_VIOLATION');

/** Runs the tests that code registers, in a runtime with feature `tests`. */
export async function runTests(
  runtime: Pick<Runtime, 'eval'>,
  code: string,
  given?: string | TestRunOptions,
): Promise<TestResults> {
  const { timeoutMs, ...rest } = readOptions(given);
  const evalOptions = { ...rest, ...(timeoutMs !== undefined && { executionTimeout: timeoutMs }) };
  return readResults(await runtime.eval(code, evalOptions, undefined, true));
}

function readOptions(given: string | TestRunOptions | undefined): TestRunOptions {
  if (typeof given === 'string') return { filename: filename(given, 'filename') };
  return read(given, '');
}
