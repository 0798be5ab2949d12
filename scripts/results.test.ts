import { describe, expect, it } from 'vitest';
import { addUp, failuresOf, type Report } from './results/report.ts';

const one = (fullName: string, status: 'passed' | 'failed') => ({
  fullName,
  status,
  failureMessages: status === 'failed' ? ['AssertionError: 1 is not 2'] : [],
});
const report = (...tests: ReturnType<typeof one>[]): Report => ({
  numPassedTests: tests.filter(({ status }) => status === 'passed').length,
  testResults: [
    {
      name: 'a.test.ts',
      status:
        tests.length > 0 && tests.every(({ status }) => status === 'passed') ? 'passed' : 'failed',
      assertionResults: tests,
    },
  ],
});

describe('a report', () => {
  it('names what failed', () => {
    expect(failuresOf(report(one('x', 'failed'), one('y', 'passed')))).toEqual([
      { file: 'a.test.ts', test: 'x', message: 'AssertionError: 1 is not 2' },
    ]);
  });

  it('of a file that did not load, or that is missing, is a failure', () => {
    expect(failuresOf(report())).toMatchObject([
      { message: expect.stringContaining('did not load') },
    ]);
    expect(addUp(undefined)).toMatchObject({ passed: 0, failed: [{ message: 'was not left' }] });
  });

  it('of a second try takes back only what passed there, and says so', () => {
    const first = report(one('x', 'failed'), one('y', 'failed'), one('z', 'passed'));
    const counts = addUp(first, report(one('x', 'passed'), one('y', 'failed')));
    expect(counts).toMatchObject({ passed: 2, failed: [{ test: 'y' }] });
    expect(counts.unsteady).toEqual([expect.stringContaining('a.test.ts > x')]);
  });

  it('of a file that failed before its tests is mended by a run of it that passed whole', () => {
    const { testResults } = report(one('x', 'failed'));
    const skipped = { fullName: 'x', status: 'skipped', failureMessages: [] };
    const first = {
      numPassedTests: 0,
      testResults: [{ ...testResults[0]!, message: 'beforeAll', assertionResults: [skipped] }],
    };
    expect(failuresOf(first)).toEqual([{ file: 'a.test.ts', message: 'beforeAll' }]);
    const again = report(one('x', 'passed'));
    expect(addUp(first, again)).toMatchObject({
      passed: 1,
      failed: [],
      unsteady: [expect.stringContaining('beforeAll')],
    });
  });

  it('of a third try takes back what passed there, and names what failed only later', () => {
    const first = report(one('x', 'failed'), one('y', 'passed'));
    const again = report(one('x', 'failed'), one('y', 'failed'));
    const counts = addUp(first, again, report(one('x', 'passed'), one('y', 'passed')));
    expect(counts).toMatchObject({ passed: 2, failed: [] });
    expect(counts.unsteady).toEqual([
      expect.stringContaining('a.test.ts > x'),
      expect.stringContaining('a.test.ts > y'),
    ]);
  });

  it('of a second try that did not come to its end takes nothing back', () => {
    expect(addUp(report(one('x', 'failed')), undefined).failed).toHaveLength(1);
  });
});
