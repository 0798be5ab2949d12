import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import type { TestResults } from './results.ts';
import { own, since } from './attempt.ts';
import { collect } from './collect.ts';
import { bestEffort, type EventSink } from './events.ts';
import type { Registry } from './registry.ts';
import { Report } from './report.ts';
import { beginTurn, runSuite } from './run-suite.ts';
import { select } from './select.ts';

const { dateNow, Error } = primordials;

/** What the realm has of group `tests`; no guest gets hold of it. */
export interface TestsGroup {
  /** Whether tests are being run. */
  isRunning(): boolean;
  /** Forgets all that was registered. */
  reset(): void;
  /** Runs what was registered, and forgets it. Events are best effort. Never rejects. */
  run(onEvent: EventSink | undefined): Promise<TestResults>;
  /** Fails the run under way for what nobody caught. */
  uncaught(error: unknown): void;
}

/** The tests of a realm. */
export function testsOf(registry: Registry): TestsGroup {
  let report: Report | undefined;
  return record<TestsGroup>({
    isRunning: () => report !== undefined,
    reset: () => registry.reset(),
    run: async (onEvent) => {
      report = new Report(bestEffort(onEvent));
      try {
        return await own(runTests(registry, report));
      } finally {
        report = undefined;
        registry.reset();
      }
    },
    uncaught: (error) => report?.failed('Nobody caught', error),
  });
}

async function runTests(registry: Registry, report: Report): Promise<TestResults> {
  const began = dateNow();
  collect(registry, report);
  if (registry.tests === 0) report.failed('Nothing to test', new Error('No test suite found'));
  const { root, tests, suites, hasOnly } = registry;
  root.willRun = select(root, { hasOnly, isMeant: false, skip: false });
  report.started(tests, suites);
  beginTurn();
  await own(runSuite(root, report));
  return report.ended(since(began));
}
