import { primordials } from '../../../../guest/captured.ts';
import { list, record } from '../../../../guest/interface.ts';
import { AssertionError } from './assertion-error.ts';

const { Set, setAdd, setDelete, setForEach, setSize } = primordials;

/** Soft failures of one test that are kept; the others are counted. */
const MAX_SOFT_ERRORS = 100;

/** What a test's assertions left, beside what they threw. The list has no prototype. */
export interface TestEnd {
  softErrors: Error[];
  /** Fewer or other assertions were made than the test had announced, or one was not awaited. */
  failure?: Error;
}

/** An assertion that goes on after its call. */
export interface Pending {
  readonly label: string;
}

/** The assertions of the test that is under way: there is one at a time. */
export class TestState {
  isOpen = false;
  /** Each test has its own: what goes on from an earlier one knows it. */
  testNumber = 0;
  #calls = 0;
  #wanted: number | undefined;
  #wantsAny = false;
  #soft = list<Error>();
  #softDropped = 0;
  #pending = new Set<Pending>();

  begin(): void {
    this.isOpen = true;
    this.testNumber++;
    this.#calls = 0;
    this.#wanted = undefined;
    this.#wantsAny = false;
    this.#soft = list();
    this.#softDropped = 0;
    this.#pending = new Set();
  }

  end(): TestEnd {
    this.isOpen = false;
    this.testNumber++;
    const softErrors = this.#soft;
    if (this.#softDropped > 0) {
      const text = `${this.#softDropped} more soft assertions failed`;
      softErrors[softErrors.length] = new AssertionError(text, record({ matcherName: 'soft' }));
    }
    const failure = this.#notAwaited() ?? this.#miscounted();
    return record<TestEnd>(failure ? { softErrors, failure } : { softErrors });
  }

  countCall(): void {
    this.#calls++;
  }

  want(calls: number | undefined): void {
    if (calls === undefined) this.#wantsAny = true;
    else this.#wanted = calls;
  }

  addSoft(error: unknown): void {
    if (this.#soft.length >= MAX_SOFT_ERRORS) this.#softDropped++;
    else this.#soft[this.#soft.length] = error as Error;
  }

  addPending(pending: Pending): void {
    setAdd(this.#pending, pending);
  }

  awaited(pending: Pending): void {
    setDelete(this.#pending, pending);
  }

  #notAwaited(): Error | undefined {
    if (setSize(this.#pending) === 0) return undefined;
    let label: string | undefined;
    setForEach(this.#pending, (pending) => (label ??= pending.label));
    const text = `${label} was not awaited: what it finds comes too late for the test\n\nawait ${label}`;
    return new AssertionError(text, record({ matcherName: label! }));
  }

  #miscounted(): Error | undefined {
    const calls = this.#calls;
    if (this.#wanted !== undefined && this.#wanted !== calls) {
      const text = `expected ${this.#wanted} assertions to be made, but there were ${calls}`;
      return new AssertionError(text, record({ matcherName: 'assertions' }));
    }
    if (!this.#wantsAny || calls > 0) return undefined;
    const text = 'expected any assertion to be made, but there was none';
    return new AssertionError(text, record({ matcherName: 'hasAssertions' }));
  }
}
