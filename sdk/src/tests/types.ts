import type { CreateRuntimeOptions, DisposeOptions, RuntimeDiagnostics } from '../types.ts';

/** What failed a test. The texts are the guest's. */
export interface TestError {
  /** Up to 256 characters, as the error's class says. */
  name: string;
  /** Up to 8,192 characters, as each of the others. */
  message: string;
  stack?: string;
  /** Of an assertion: what was wanted, as a console would show it. */
  expected?: string;
  /** Of an assertion: what there was. */
  actual?: string;
}

/** A test, by its place. */
export interface TestInfo {
  name: string;
  /** `outer > inner > name`, up to 512 characters. */
  fullName: string;
  /** The names of the suites around it, outermost first. */
  suitePath: string[];
}

/** How a test ended. */
export interface TestResult extends TestInfo {
  status: 'pass' | 'fail' | 'skip' | 'todo';
  /** Milliseconds, with its `beforeEach` and `afterEach` and all its tries. */
  duration: number;
  /** Of a test that failed. */
  error?: TestError;
  /** How often it was tried again; missing where it was not. */
  retries?: number;
}

/** A suite, by its place. */
export interface SuiteInfo {
  name: string;
  fullName: string;
  /** The names of the suites around it, outermost first. */
  path: string[];
  /** How many those are. */
  depth: number;
}

/** How the tests of a suite ended, those of suites in it too. */
export interface SuiteResult extends SuiteInfo {
  passed: number;
  failed: number;
  skipped: number;
  todo: number;
  /** Milliseconds. */
  duration: number;
}

/** How all tests ended, in numbers. */
export interface TestSummary {
  /** At least one test was registered, none failed, and nothing went wrong around them. */
  success: boolean;
  passed: number;
  failed: number;
  skipped: number;
  todo: number;
  /** All tests. */
  total: number;
  /** Milliseconds. */
  duration: number;
}

/** How the tests of one module ended. */
export interface TestResults extends TestSummary {
  /** In the order in which they ended: that of the code. At most 10,000. */
  tests: TestResult[];
  suites: SuiteResult[];
  /**
   * What is of no test: a suite whose body threw, an `afterAll` that failed, an error that nobody caught,
   * no test at all. At most 100.
   */
  errors: TestError[];
}

/**
 * What happens while tests run. Errors have no stack, which the results have. Of `dropped` so many events
 * the host did not take in time.
 */
export type TestEvent =
  | { type: 'runStart'; testCount: number; suiteCount: number }
  | { type: 'suiteStart'; suite: SuiteInfo }
  | { type: 'suiteEnd'; suite: SuiteResult }
  | { type: 'testStart'; test: TestInfo }
  | { type: 'testEnd'; test: TestResult }
  | { type: 'dropped'; count: number }
  | { type: 'runEnd'; results: TestSummary };

/** Hears of tests while they run. */
export interface TestEvents {
  /**
   * Calls back for each event, in order; answers what ends that. Best effort, as a console's entries are:
   * what the listener throws becomes a warning of this process, and a promise is not waited for.
   */
  onEvent(listener: (event: TestEvent) => void): () => void;
}

/** What one run of tests may be given. */
export interface TestRunOptions {
  /** An absolute POSIX path, or a name within the runtime's `cwd`. Its ending says the language. */
  filename?: string;
  /** Milliseconds for all tests together, 1 to 600,000. Default: the runtime's `executionTimeout`. */
  timeoutMs?: number;
  /** Ends the whole runtime when it aborts. */
  signal?: AbortSignal;
}

/** What a runtime for tests may use, and its limits. */
export interface CreateTestRuntimeOptions extends CreateRuntimeOptions {
  /** What the host calls it, up to 512 characters. */
  key?: string;
}

/** A guest that has `describe`, `test`, `it`, `expect` and the hooks. */
export interface TestRuntime {
  readonly id: string;
  /**
   * Runs code as a module, which registers tests, and then these; what was registered before is
   * forgotten, globals and modules stay. A test that fails is in the results, and rejects nothing.
   *
   * Rejects as `ScriptRuntime.eval` does: where the module itself throws or does not compile, where the
   * guest goes over a limit or `timeoutMs`, and where `signal` is or was aborted; the last two end
   * the runtime. Also while tests of the same runtime run.
   */
  run(code: string, options?: string | TestRunOptions): Promise<TestResults>;
  readonly test: TestEvents;
  /** Ends the guest, also while tests run: these reject. */
  dispose(options?: DisposeOptions): Promise<void>;
  diagnostics(): Promise<RuntimeDiagnostics>;
}

/** What JUnit's XML is made with. */
export interface JunitOptions {
  /** What was tested: a script's or a file's name. */
  name: string;
}
