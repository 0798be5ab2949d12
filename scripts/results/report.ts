import { readFileSync } from 'node:fs';

interface Assertion {
  status: string;
  fullName: string;
  failureMessages: string[];
}

/** What vitest's JSON reporter writes, as far as it is read here. */
export interface Report {
  numPassedTests: number;
  testResults: { name: string; status: string; message?: string; assertionResults: Assertion[] }[];
}

export interface Failure {
  file: string;
  /** Absent where the file did not load, or failed before its tests. */
  test?: string;
  message: string;
}

export interface Counts {
  passed: number;
  failed: Failure[];
  /** Tests that failed in one run of their file and passed in another. */
  unsteady: string[];
}

const MAX_MESSAGE = 600;

export function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}

/** What failed; a report that is missing is a failure. */
export function failuresOf(report: Report | undefined): Failure[] {
  if (!report) return [{ file: 'a report', message: 'was not left' }];
  return report.testResults.flatMap(({ name: file, status, message = '', assertionResults }) => {
    const failed = assertionResults.filter((one) => one.status === 'failed');
    if (status === 'failed' && failed.length === 0) {
      return [{ file, message: message || 'did not load, or failed before its tests' }];
    }
    return failed.map(({ fullName, failureMessages }) => ({
      file,
      test: fullName,
      message: (failureMessages[0] ?? '').slice(0, MAX_MESSAGE),
    }));
  });
}

/**
 * Adds up a report and those of its files' later runs. What failed only later is unsteady too: its run says whether
 * that was the end of it.
 */
export function addUp(first?: Report, ...later: (Report | undefined)[]): Counts {
  const failed = failuresOf(first);
  if (!first) return { passed: 0, failed, unsteady: [] };
  const again = later.filter((report) => report !== undefined);
  const passedFirst = new Set(passedIn(first));
  const passedAgain = new Set(again.flatMap(passedIn).filter((key) => !passedFirst.has(key)));
  const whole = new Set(again.flatMap(wholeFiles));
  const isMended = ({ file, test }: Failure) =>
    test === undefined ? whole.has(file) : passedAgain.has(keyOf(file, test));
  const known = new Set(failed.map(({ file, test = '' }) => keyOf(file, test)));
  const fresh = again
    .flatMap(failuresOf)
    .filter(({ file, test = '' }) => !known.has(keyOf(file, test)));
  return {
    passed: first.numPassedTests + passedAgain.size,
    failed: failed.filter((failure) => !isMended(failure)),
    unsteady: [...failed.filter(isMended), ...fresh].map(namesOf),
  };
}

function wholeFiles({ testResults }: Report): string[] {
  return testResults.filter(({ status }) => status === 'passed').map(({ name }) => name);
}

function passedIn({ testResults }: Report): string[] {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed')
      .map(({ fullName }) => keyOf(name, fullName)),
  );
}

export function namesOf({ file, test, message }: Failure): string {
  return `failed: ${file}${test === undefined ? '' : ` > ${test}`}\n  ${message.replaceAll('\n', '\n  ')}`;
}

function keyOf(file: string, test: string): string {
  return `${file}\0${test}`;
}
