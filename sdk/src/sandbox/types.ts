import type { ErrorCode, Preset } from '@cofferdam/protocol';
import type { DaemonOptions, GatewayOptions } from '../types.ts';

/**
 * What guest code finds on its global object, by name. A function becomes one that calls it in this
 * process, with a {@link HostCallContext} as the last argument; `fetch` is called with a Request, and
 * answers with a Response; anything else is data, which is copied.
 */
export type SandboxGlobals = Record<string, unknown>;

/** Options of {@link createSandbox}. */
export interface CreateSandboxOptions {
  /**
   * Runs that go on at once, 1 to 256; further ones wait in their order. Default: twice the number of
   * processors.
   */
  maxIsolates?: number;
  daemon?: DaemonOptions;
  gateway?: GatewayOptions;
}

/** What runs share. */
export interface PrecompileOptions<G extends SandboxGlobals> {
  /** A module, JavaScript or TypeScript, at most 8 MiB. What it leaves on `globalThis` is there for each run. */
  code?: string;
  globals?: G;
  /** The host APIs that guests have. Default `web`. */
  preset?: Preset;
  /** MiB of V8's heap and array buffers, 16 to 2,048: what a run may have at most. Default 128. */
  memoryMb?: number;
  /** The name of `code` in stack traces, whose ending says its language. Default `[prefix]`. */
  filename?: string;
}

/** Limits of one run. */
export interface RunLimits {
  /** Milliseconds of CPU time, waiting excluded: 1 to 600,000. Default 1,000. */
  cpuTimeMs?: number;
  /** Milliseconds, waiting included: 1 to 600,000. Default 5,000. */
  wallTimeMs?: number;
  /** MiB of V8's heap and array buffers, 16 up to the prefix's. Default: the prefix's. */
  memoryMb?: number;
  /**
   * Calls of host functions, steps of their iterators and requests of `fetch` included: up to
   * 1,000,000; 0 is without limit. Default 1,000.
   */
  maxBridgeCalls?: number;
  /**
   * Bytes that one of those may carry each way, as JSON text, or as the body of a request or response:
   * up to 16 MiB. 0 is the ceiling: 16 MiB for a call, and no limit for a body. Default 0.
   */
  maxBridgePayloadBytes?: number;
}

/** A function may be any that takes the same arguments; data is of the same type. */
export type Rebound<G extends SandboxGlobals> = {
  [K in keyof G]: G[K] extends (...args: infer A) => unknown ? (...args: A) => unknown : G[K];
};

/** One run. */
export interface PrefixRunOptions<G extends SandboxGlobals> {
  /** A module, JavaScript or TypeScript, at most 1 MiB. It can import nothing but what the platform has. */
  code?: string;
  /** Others for this run. Functions reach also what the prefix kept of them; data is set anew. */
  globals?: Partial<Rebound<G>>;
  limits?: RunLimits;
  /** Ends the run when it aborts; a run that still waits for its turn does not begin. */
  signal?: AbortSignal;
  /** The name of `code` in stack traces, whose ending says its language. Default `[run]`. */
  filename?: string;
}

/** Plain data. */
export interface SandboxExports {
  default?: unknown;
  [name: string]: unknown;
}

/** `EXCEPTION`, `COMPILE_ERROR`, `CPU_TIME_EXCEEDED` and the like: those of guests, in docs/errors.md. */
export type RunErrorCode = ErrorCode;

/** What a run did wrong. */
export interface RunError {
  code: RunErrorCode;
  /** Of what the code threw its own, otherwise `LimitError` and the like. */
  name: string;
  message: string;
  /** With positions in the code as it was given. */
  stack?: string;
}

/** What a run wrote, and how long it took. */
interface RunOutput {
  /** Lines of console.log, info and debug; the first 10,000, of 1 MiB together. */
  stdout: string[];
  /** Lines of console.warn and error, likewise. */
  stderr: string[];
  /** Milliseconds from the run's turn to its end. */
  durationMs: number;
}

/** How a run ended: with its exports, or with an error. */
export type RunResult =
  | ({ ok: true; exports: SandboxExports } & RunOutput)
  | ({ ok: false; error: RunError } & RunOutput);

/** Code and globals that many runs share. Each run is in an isolate of its own, which ends with it. */
export interface Prefix<G extends SandboxGlobals> {
  /**
   * Runs code behind the prefix. What the code does wrong is a result: `ok: false` and an error's code.
   * Rejects with a CofferdamError for what is not the code's: `INVALID_INPUT` names a wrong option,
   * `RUNTIME_ENDED` says that the prefix or the sandbox was disposed of, `CONNECTION_LOST` that the
   * daemon has ended; and with an AbortError where `signal` was or is aborted.
   */
  run(options: PrefixRunOptions<G>): Promise<RunResult>;
  /** Ends its runs and its spares. Again is the same. */
  dispose(): Promise<void>;
}

/** Runs code behind prefixes, each run in an isolate of its own. */
export interface Sandbox {
  /**
   * Compiles a prefix and evaluates it for the first time. Rejects with a ScriptError for what its code
   * throws, or where it does not parse, and with a CofferdamError where it goes over a limit (5 s), or
   * an option is wrong. The code may call no host function and leave nothing for later, since it is
   * evaluated again ahead of runs.
   */
  precompile<G extends SandboxGlobals = Record<string, never>>(
    options?: PrecompileOptions<G>,
  ): Promise<Prefix<G>>;
  /** Ends all prefixes, their runs and the connection. Again is the same. */
  dispose(): Promise<void>;
}
