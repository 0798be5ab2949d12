import { list, record } from '../../../guest/interface.ts';
import { ErrorTexts } from './error-texts.ts';
import type { Suite, TestCase } from './model.ts';
import {
  MAX_TEST_RUN_ERRORS,
  type Counts,
  type SuiteResult,
  type TestError,
  type TestEvent,
  type TestResult,
  type TestResults,
  type TestStatus,
  type TestSummary,
} from './results.ts';

const FIELDS = record({ pass: 'passed', fail: 'failed', skip: 'skipped', todo: 'todo' } as const);

export function noCounts(): Counts {
  return record({ passed: 0, failed: 0, skipped: 0, todo: 0 });
}

/** What one run of tests comes to, and what it tells while it goes on. */
export class Report {
  readonly #emit: (event: TestEvent) => void;
  readonly #tests = list<TestResult>();
  readonly #suites = list<SuiteResult>();
  readonly #errors = list<TestError>();
  readonly counts = noCounts();
  readonly #texts = new ErrorTexts();

  constructor(emit: (event: TestEvent) => void) {
    this.#emit = emit;
  }

  started(testCount: number, suiteCount: number): void {
    this.#emit(record({ type: 'runStart', testCount, suiteCount }));
  }

  suiteStarted(suite: Suite): void {
    this.#emit(record({ type: 'suiteStart', suite: suiteInfo(suite) }));
  }

  suiteEnded(suite: Suite, counts: Counts, duration: number): void {
    const result = record<SuiteResult>({ ...suiteInfo(suite), ...counts, duration });
    this.#suites[this.#suites.length] = result;
    this.#emit(record({ type: 'suiteEnd', suite: result }));
  }

  testStarted(test: TestCase): void {
    this.#emit(record({ type: 'testStart', test: testInfo(test) }));
  }

  testEnded(test: TestCase, status: TestStatus, rest: Partial<TestResult>): void {
    const result = record<TestResult>({ ...testInfo(test), status, duration: 0, ...rest });
    this.#tests[this.#tests.length] = result;
    this.counts[FIELDS[status]]++;
    this.#emit(record({ type: 'testEnd', test: withoutStack(result) }));
  }

  /** What was thrown, outside of any test: where it was, and what it says. */
  failed(where: string, thrown: unknown): void {
    if (this.#errors.length >= MAX_TEST_RUN_ERRORS) return;
    this.#errors[this.#errors.length] = this.errorOf(thrown, where);
  }

  /** What was thrown, and where, as results say it. Never throws. */
  errorOf(thrown: unknown, where?: string): TestError {
    return this.#texts.of(thrown, where);
  }

  ended(duration: number): TestResults {
    const { counts } = this;
    const total = this.#tests.length;
    const success = counts.failed === 0 && this.#errors.length === 0 && total > 0;
    const summary = record<TestSummary>({ success, ...counts, total, duration });
    this.#emit(record({ type: 'runEnd', results: summary }));
    return record<TestResults>({
      ...summary,
      tests: this.#tests,
      suites: this.#suites,
      errors: this.#errors,
    });
  }
}

/** Whoever takes events has no source maps: stacks are in the results, with the author's positions. */
function withoutStack(result: TestResult): TestResult {
  const { error } = result;
  if (error?.stack === undefined) return result;
  const { stack: _stack, ...rest } = error;
  return record({ ...result, error: record(rest) });
}

function testInfo({ name, fullName, parent }: TestCase) {
  return record({ name, fullName, suitePath: parent.path as string[] });
}

function suiteInfo({ name, fullName, parent, depth }: Suite) {
  return record({ name, fullName, path: parent!.path as string[], depth });
}
