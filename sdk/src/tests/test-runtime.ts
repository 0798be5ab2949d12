import { CofferdamError } from '@cofferdam/protocol';
import type { Runtime } from '../host/runtime.ts';
import { aText, options } from '../options/check.ts';
import {
  runtimeChecks,
  runtimeOptionsOf,
  type RuntimeOptions,
} from '../options/runtime-options.ts';
import type { DisposeOptions, RuntimeDiagnostics } from '../types.ts';
import { runTests } from './run-tests.ts';
import type { TestListeners } from './test-listeners.ts';
import type { TestEvents, TestResults, TestRunOptions, TestRuntime } from './types.ts';

const read = options({ ...runtimeChecks, key: aText(512) });

/** What a guest with tests has on its global object beside the others. */
const TEST_NAMES: ReadonlySet<string> = new Set([
  ...['describe', 'test', 'it', 'expect', 'beforeAll', 'afterAll', 'beforeEach', 'afterEach'],
]);

/** Throws `INVALID_INPUT`, which names the option. A key is the host's own name for it, and no more. */
export function readTestRuntimeOptions(given: unknown): RuntimeOptions {
  const { key: _key, ...checked } = read(given, '');
  const { spec, ...rest } = runtimeOptionsOf(checked);
  checkTestNames(spec.bindings.tools);
  return { ...rest, spec: { ...spec, features: [...(spec.features ?? []), 'tests'] } };
}

/** Throws `INVALID_INPUT` for a tool that would be in the place of what tests need. */
export function checkTestNames(tools: readonly string[]): void {
  const taken = tools.find((name) => TEST_NAMES.has(name));
  if (taken === undefined) return;
  const message = `bindings.tools: '${taken}' can be no function's name in a guest that has tests`;
  throw new CofferdamError('INVALID_INPUT', message);
}

/** A runtime with tests, over one that is open. */
export class OpenTestRuntime implements TestRuntime {
  readonly #runtime: Runtime;
  readonly test: TestEvents;

  constructor(runtime: Runtime, listeners: TestListeners) {
    this.#runtime = runtime;
    this.test = { onEvent: (listener) => listeners.onEvent(listener) };
  }

  get id(): string {
    return this.#runtime.id;
  }

  run(code: string, given?: string | TestRunOptions): Promise<TestResults> {
    return runTests(this.#runtime, code, given);
  }

  dispose(given?: DisposeOptions): Promise<void> {
    return this.#runtime.dispose(given);
  }

  diagnostics(): Promise<RuntimeDiagnostics> {
    return this.#runtime.diagnostics();
  }
}
