import { readFileSync } from 'node:fs';

interface Assertion {
  status: string;
  fullName: string;
  failureMessages: string[];
}

/** What vitest's JSON reporter writes, as far as it is read here. */
export interface Report {
  numPassedTests: number;
  testResults: { name: string; status: string; assertionResults: Assertion[] }[];
}

export interface Failure {
  file: string;
  /** Absent where the file did not load. */
  test?: string;
  message: string;
}

export interface Counts {
  passed: number;
  failed: Failure[];
  /** Tests that failed among the others and passed when their files ran by themselves. */
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
  return report.testResults.flatMap(({ name: file, status, assertionResults }) => {
    const failed = assertionResults.filter((one) => one.status === 'failed');
    if (status === 'failed' && assertionResults.length === 0) {
      return [{ file, message: 'did not load' }];
    }
    return failed.map(({ fullName, failureMessages }) => ({
      file,
      test: fullName,
      message: (failureMessages[0] ?? '').slice(0, MAX_MESSAGE),
    }));
  });
}

export function addUp(first: Report | undefined, again?: Report): Counts {
  const failed = failuresOf(first);
  const passed = first?.numPassedTests ?? 0;
  if (!again || !first) return { passed, failed, unsteady: [] };
  const passedAgain = new Set(
    again.testResults.flatMap(({ name, assertionResults }) =>
      assertionResults
        .filter(({ status }) => status === 'passed')
        .map(({ fullName }) => keyOf(name, fullName)),
    ),
  );
  const isMended = ({ file, test }: Failure) =>
    test !== undefined && passedAgain.has(keyOf(file, test));
  const unsteady = failed.filter(isMended);
  return {
    passed: passed + unsteady.length,
    failed: failed.filter((failure) => !isMended(failure)),
    unsteady: unsteady.map(namesOf),
  };
}

export function namesOf({ file, test, message }: Failure): string {
  return `failed: ${file}${test === undefined ? '' : ` > ${test}`}\n  ${message.replaceAll('\n', '\n  ')}`;
}

function keyOf(file: string, test: string): string {
  return `${file}\0${test}`;
}
