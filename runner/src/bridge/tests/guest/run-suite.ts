import { primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import { own, since, turn } from './attempt.ts';
import { callAfter, callBefore, callCleanups, describeHook } from './hooks.ts';
import type { Cleanups, HookFailure } from './hooks.ts';
import type { Suite, TestCase } from './model.ts';
import { noCounts, type Report } from './report.ts';
import type { Counts } from './results.ts';
import { runTest } from './run-test.ts';

const { dateNow } = primordials;

/** Tests that never wait for anything let others have their turn so often. */
const TURN_MS = 25;
let turnedAt = 0;

/** To be called before tests run: what was before does not count. */
export function beginTurn(): void {
  turnedAt = dateNow();
}

/** Runs what of a suite is to run; what is not, and what its hooks prevent, is reported all the same. */
export async function runSuite(suite: Suite, report: Report): Promise<void> {
  const began = dateNow();
  const before = copied(report.counts);
  const isNamed = suite.parent !== undefined;
  if (isNamed) report.suiteStarted(suite);
  if (suite.willRun) await own(runAll(suite, report));
  else leaveOut(suite, report, undefined);
  if (isNamed) report.suiteEnded(suite, difference(report.counts, before), since(began));
}

async function runAll(suite: Suite, report: Report): Promise<void> {
  const cleanups: Cleanups = list();
  const failure = await own(callBefore(suite, 'beforeAll', cleanups));
  if (failure) leaveOut(suite, report, failure);
  else await own(runChildren(suite, report));
  const after = await own(callAfter(suite, 'afterAll'));
  if (after) report.failed(describeHook('afterAll', suite), after.error);
  const cleaned = await own(callCleanups(cleanups));
  if (cleaned) report.failed(`What ${describeHook('beforeAll', suite)} answered`, cleaned.error);
}

async function runChildren({ children }: Suite, report: Report): Promise<void> {
  for (let i = 0; i < children.length; i++) {
    const child = children[i]!;
    /* eslint-disable no-await-in-loop -- one after the other */
    if (child.kind === 'suite') await own(runSuite(child, report));
    else if (child.willRun) await own(runTest(child, report));
    else leaveOutTest(child, report);
    if (since(turnedAt) >= TURN_MS) {
      await turn();
      turnedAt = dateNow();
    }
    /* eslint-enable no-await-in-loop */
  }
}

/** Reports tests that do not run; those that would have run fail for the hook that failed. */
function leaveOut({ children }: Suite, report: Report, failure: HookFailure | undefined): void {
  for (let i = 0; i < children.length; i++) {
    const child = children[i]!;
    if (child.kind === 'suite') leaveOutSuite(child, report, failure);
    else if (failure && child.willRun) failTest(child, report, failure);
    else leaveOutTest(child, report);
  }
}

function leaveOutSuite(suite: Suite, report: Report, failure: HookFailure | undefined): void {
  const before = copied(report.counts);
  report.suiteStarted(suite);
  leaveOut(suite, report, failure);
  report.suiteEnded(suite, difference(report.counts, before), 0);
}

function failTest(test: TestCase, report: Report, { hook, suite, error }: HookFailure): void {
  report.testStarted(test);
  const described = report.errorOf(error, `${describeHook(hook, suite)} failed`);
  report.testEnded(test, 'fail', record({ error: described }));
}

function leaveOutTest(test: TestCase, report: Report): void {
  const { options, body } = test;
  const isTodo = options.todo === true || (body === undefined && options.skip !== true);
  report.testEnded(test, isTodo ? 'todo' : 'skip', record({}));
}

function copied(counts: Counts): Counts {
  return difference(counts, noCounts());
}

function difference(now: Counts, before: Counts): Counts {
  const counts = noCounts();
  counts.passed = now.passed - before.passed;
  counts.failed = now.failed - before.failed;
  counts.skipped = now.skipped - before.skipped;
  counts.todo = now.todo - before.todo;
  return counts;
}
