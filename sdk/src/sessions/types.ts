import type { TestEvents, TestResults, TestRunOptions } from '../tests/types.ts';
import type { CreateRuntimeOptions, DisposeOptions, ScriptRuntime } from '../types.ts';

/**
 * What a session's handle brings. `bindings`, `executionTimeout` and `idleTimeoutMs` are this handle's;
 * `cwd` and `memoryLimitMB` are those of the handle that made the session.
 */
export interface NamespacedRuntimeOptions extends CreateRuntimeOptions {
  /**
   * Milliseconds without a handle after which the session is evicted, 1,000 to 86,400,000. Counts from
   * this handle's end. Default 1,800,000: half an hour.
   */
  idleTimeoutMs?: number;
}

/** A handle of a session: of its guest, which outlives the handle. */
export interface NamespacedRuntime extends ScriptRuntime {
  readonly key: string;
  /** There was no session of this key before: its globals are fresh. */
  readonly created: boolean;
  /** As `TestRuntime.run`: what was registered before is forgotten, globals and modules stay. */
  runTests(code: string, options?: string | TestRunOptions): Promise<TestResults>;
  readonly test: TestEvents;
  /**
   * Gives the session back: its guest lives on, and whoever asks for the key next has it. With `hard`, and
   * in the middle of an eval, the session ends.
   */
  dispose(options?: DisposeOptions): Promise<void>;
}

/** How a session is ended. */
export interface DisposeNamespaceOptions {
  /** Told to whoever has a handle of it. Up to 1,024 characters. */
  reason?: string;
}
