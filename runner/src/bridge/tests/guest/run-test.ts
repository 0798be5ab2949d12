import { primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import {
  MAX_TEST_ERROR_TEXT,
  type TestError,
  type TestResult,
  type TestStatus,
} from './results.ts';
import { attempt, own, since } from './attempt.ts';
import type { TestEnd } from './expect/index.ts';
import { expecting } from './expecting.ts';
import { callAfter, callBefore, callCleanups, type Cleanups } from './hooks.ts';
import type { Options, Suite, TestCase } from './model.ts';
import type { Report } from './report.ts';

const { dateNow, Error, stringSlice } = primordials;

const TEST_MS = 5_000;
/** What `skip()` of a test's context throws. */
const SKIP = new Error('The test was skipped');

/** What failed a try, and how many soft assertions failed beside it. */
type Thrown = { error: unknown; more?: number } | undefined;

/** Runs one test, as often as it may be tried, and says how it ended. */
export async function runTest(test: TestCase, report: Report): Promise<void> {
  report.testStarted(test);
  const began = dateNow();
  const retries = inherited(test, 'retry') ?? 0;
  let thrown: Thrown;
  let tries = 0;
  do {
    // eslint-disable-next-line no-await-in-loop -- one try after the other
    thrown = judged(test, await own(tryOnce(test)));
  } while (thrown && thrown.error !== SKIP && ++tries <= retries);
  const rest: Partial<TestResult> = record({ duration: since(began) });
  const status = statusOf(thrown);
  if (status === 'fail') rest.error = errorOf(thrown!, report);
  // The last try that failed is none that was tried again.
  const retried = status === 'fail' ? tries - 1 : tries;
  if (retried > 0) rest.retries = retried;
  report.testEnded(test, status, rest);
}

function errorOf({ error, more = 0 }: NonNullable<Thrown>, report: Report): TestError {
  const described = report.errorOf(error);
  if (more > 0) {
    const rest = `\n\n(${more} more assertions failed)`;
    described.message = stringSlice(described.message, 0, MAX_TEST_ERROR_TEXT - rest.length) + rest;
  }
  return described;
}

function statusOf(thrown: Thrown): TestStatus {
  if (!thrown) return 'pass';
  return thrown.error === SKIP ? 'skip' : 'fail';
}

/** Of a test that is to fail, the opposite. */
function judged({ options }: TestCase, thrown: Thrown): Thrown {
  if (options.fails !== true || thrown?.error === SKIP) return thrown;
  return thrown ? undefined : record({ error: new Error('The test was to fail, and did not') });
}

/** What a suite around a test says where the test itself does not. */
function inherited(
  place: { parent: Suite | undefined; options: Options },
  key: 'timeout' | 'retry',
): number | undefined {
  const said = place.options[key];
  if (said !== undefined || !place.parent) return said;
  return inherited(place.parent, key);
}

async function tryOnce(test: TestCase): Promise<Thrown> {
  const cleanups: Cleanups = list();
  expecting.beginTest();
  const before = await own(beforeEach(test.parent, cleanups));
  const thrown = before ?? (await own(runBody(test)));
  const after = await own(afterEach(test.parent, cleanups));
  return withAssertions(thrown ?? after, expecting.endTest());
}

/** What was thrown comes first, then soft assertions, then what the test had announced of them. */
function withAssertions(thrown: Thrown, { softErrors, failure }: TestEnd): Thrown {
  const soft = softErrors.length;
  if (thrown) return record({ error: thrown.error, more: soft });
  if (soft > 0) return record({ error: softErrors[0], more: soft - 1 });
  return failure && record({ error: failure });
}

async function runBody(test: TestCase): Promise<Thrown> {
  const { args, body } = test;
  const ms = inherited(test, 'timeout') ?? TEST_MS;
  const given = list<unknown>();
  for (let i = 0; i < args.length; i++) given[i] = args[i];
  given[given.length] = contextOf(test);
  const { failed, value } = await attempt(body!, given, record({ ms, what: 'The test' }));
  return failed ? record({ error: value }) : undefined;
}

/** What a test is given, after what its case has: an object as any other. */
function contextOf({ name, fullName }: TestCase): object {
  return {
    task: { name, fullName },
    expect: expecting.expect,
    skip: () => {
      throw SKIP;
    },
  };
}

/** Those of the outermost suite come first. */
async function beforeEach(suite: Suite, cleanups: Cleanups): Promise<Thrown> {
  if (suite.parent) {
    const failure = await own(beforeEach(suite.parent, cleanups));
    if (failure) return failure;
  }
  if (suite.hooks.beforeEach.length === 0) return undefined;
  return await own(callBefore(suite, 'beforeEach', cleanups));
}

/** Those of the innermost suite come first, then what hooks from before answered. */
async function afterEach(suite: Suite, cleanups: Cleanups): Promise<Thrown> {
  let failure: Thrown;
  for (let at: Suite | undefined = suite; at; at = at.parent) {
    if (at.hooks.afterEach.length === 0) continue;
    // eslint-disable-next-line no-await-in-loop -- one after the other
    const ended = await own(callAfter(at, 'afterEach'));
    failure ??= ended;
  }
  if (cleanups.length === 0) return failure;
  const ended = await own(callCleanups(cleanups));
  return failure ?? ended;
}
