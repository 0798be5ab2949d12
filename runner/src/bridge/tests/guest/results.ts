/**
 * What the results of tests are, as `protocol/src/run/test-results.ts` has them, which a test compares:
 * guest code imports nothing from outside.
 */
export const MAX_TESTS = 10_000;
export const MAX_SUITES = 2_000;
export const MAX_SUITE_DEPTH = 32;
export const MAX_TEST_NAME = 512;
export const MAX_TEST_ERROR_TEXT = 8_192;
export const MAX_TEST_RUN_ERRORS = 100;

export interface TestError {
  name: string;
  message: string;
  stack?: string;
  expected?: string;
  actual?: string;
}

export interface TestInfo {
  name: string;
  fullName: string;
  suitePath: string[];
}

export type TestStatus = 'pass' | 'fail' | 'skip' | 'todo';

export interface TestResult extends TestInfo {
  status: TestStatus;
  duration: number;
  error?: TestError;
  retries?: number;
}

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  todo: number;
}

export interface SuiteInfo {
  name: string;
  fullName: string;
  path: string[];
  depth: number;
}

export interface SuiteResult extends SuiteInfo, Counts {
  duration: number;
}

export interface TestSummary extends Counts {
  success: boolean;
  total: number;
  duration: number;
}

export interface TestResults extends TestSummary {
  tests: TestResult[];
  suites: SuiteResult[];
  errors: TestError[];
}

export type TestEvent =
  | { type: 'runStart'; testCount: number; suiteCount: number }
  | { type: 'suiteStart'; suite: SuiteInfo }
  | { type: 'suiteEnd'; suite: SuiteResult }
  | { type: 'testStart'; test: TestInfo }
  | { type: 'testEnd'; test: TestResult }
  | { type: 'dropped'; count: number }
  | { type: 'runEnd'; results: TestSummary };
