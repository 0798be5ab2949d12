import type { TestsGroup } from '../bridge/tests/guest/tests.ts';
import type { Port } from '../bridge/port/guest/port.ts';
import { describeError, type RunOutcome } from './failure.ts';
import type { GroupLoader } from './globals.ts';
import { errorConstructors, record, settleSafely } from './intrinsics.ts';
import type { GuestRuntime, ModulesOptions } from './runtime.ts';
import { resultsOutcome } from './tests-outcome.ts';

export interface EvalTestsOptions {
  loader: GroupLoader;
  /** Where events go. */
  port: Port;
  /** Bytes that the results may have as JSON text. */
  outputBytes: number;
}

/** The evals of a runtime whose code registers tests: one at a time. */
export class EvalTests {
  readonly #options: EvalTestsOptions;
  /** The eval whose tests are registered, or run. */
  #evalId: number | undefined;

  constructor(options: EvalTestsOptions) {
    this.#options = options;
  }

  /** The runtime with evals that may have tests. */
  in(runtime: GuestRuntime, settled: ModulesOptions['settled']): GuestRuntime {
    const evaluate: GuestRuntime['evaluate'] = (evalId, order, tests) => {
      try {
        if (tests === true) this.#begin(evalId);
      } catch (error) {
        return settled(evalId, true, error);
      }
      return runtime.evaluate(evalId, order);
    };
    return record({ ...runtime, evaluate });
  }

  /** Whether it has an eval's tests, whose code was evaluated: `onEnd` is told how they ended. */
  take(evalId: number, failed: boolean, onEnd: (outcome: RunOutcome) => void): boolean {
    if (this.#evalId !== evalId) return false;
    if (!failed) {
      this.#run(onEnd);
      return true;
    }
    this.#evalId = undefined;
    this.#group().reset();
    return false;
  }

  /** Tells the tests that run of what nobody caught; answers whether there are any. */
  uncaught(error: unknown): boolean {
    const isRunning = this.#evalId !== undefined && this.#group().isRunning();
    if (isRunning) this.#group().uncaught(error);
    return isRunning;
  }

  #begin(evalId: number): void {
    const { TypeError } = errorConstructors;
    if (!this.#options.loader.offers('tests')) throw new TypeError('This runtime has no tests');
    if (this.#evalId !== undefined) {
      throw new TypeError('Tests are being run already: wait for their results first');
    }
    this.#evalId = evalId;
    this.#group().reset();
  }

  #run(onEnd: (outcome: RunOutcome) => void): void {
    const { port, outputBytes } = this.#options;
    const end = (outcome: RunOutcome): void => {
      this.#evalId = undefined;
      onEnd(outcome);
    };
    settleSafely(
      this.#group().run((event) => port.post('test', event)),
      (results) => end(resultsOutcome(results, outputBytes)),
      (error) => end(describeError(error)),
    );
  }

  #group(): TestsGroup {
    return this.#options.loader.use('tests') as unknown as TestsGroup;
  }
}
