import type { Runtime } from '../host/runtime.ts';
import { readEvalOptions } from '../options/eval-options.ts';
import { runTests } from '../tests/run-tests.ts';
import type { TestListeners } from '../tests/test-listeners.ts';
import type { TestEvents, TestResults, TestRunOptions } from '../tests/types.ts';
import type { DisposeOptions, EvalOptions, RuntimeDiagnostics } from '../types.ts';
import type { NamespacedRuntime } from './types.ts';

export interface SessionParts {
  runtime: Runtime;
  key: string;
  created: boolean;
  listeners: TestListeners;
  /** What an eval of this handle may take that says nothing else. */
  evalTimeMs: number;
}

/** A session's handle, over its guest as a runtime. */
export class Session implements NamespacedRuntime {
  readonly key: string;
  readonly created: boolean;
  readonly test: TestEvents;
  readonly #runtime: Runtime;
  readonly #evalTimeMs: number;

  constructor({ runtime, key, created, listeners, evalTimeMs }: SessionParts) {
    this.key = key;
    this.created = created;
    this.test = { onEvent: (listener) => listeners.onEvent(listener) };
    this.#runtime = runtime;
    this.#evalTimeMs = evalTimeMs;
  }

  get id(): string {
    return this.#runtime.id;
  }

  async eval(code: string, options?: string | EvalOptions): Promise<unknown> {
    return this.#eval(code, readEvalOptions(options));
  }

  async runTests(code: string, options?: string | TestRunOptions): Promise<TestResults> {
    const runtime: Pick<Runtime, 'eval'> = {
      // eslint-disable-next-line max-params -- as the runtime's own
      eval: (text, given, _, tests) => this.#eval(text, given as EvalOptions, tests),
    };
    return runTests(runtime, code, options);
  }

  dispose(options?: DisposeOptions): Promise<void> {
    return this.#runtime.dispose(options);
  }

  diagnostics(): Promise<RuntimeDiagnostics> {
    return this.#runtime.diagnostics();
  }

  /** The session's own time is that of whoever made it. */
  #eval(code: string, options: EvalOptions, tests?: boolean): Promise<unknown> {
    const timed = { executionTimeout: this.#evalTimeMs, ...options };
    return this.#runtime.eval(code, timed, undefined, tests);
  }
}
