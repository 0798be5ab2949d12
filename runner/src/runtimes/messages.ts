import type { ExitReason, GuestError, RuntimeSpec, ServerHead } from '@cofferdam/protocol';
import type { ModuleHead } from '../guest/runtime.ts';

/**
 * What the keeper sends to a runtime process as `open`: a lasting call whose bytes are the port. Its
 * one event, `{ opened: true }`, says that the guest is ready.
 */
export interface InsideOpen extends Pick<
  RuntimeSpec,
  'preset' | 'memoryBytes' | 'stretchTimeMs' | 'bindings' | 'features'
> {
  runtimeId: string;
  /** Of an isolate for one run: code that is evaluated before it is ready. */
  prefixId?: string;
  /** Its port is not this call's but that of each `attach`, and so are its bindings. */
  session?: boolean;
}

/**
 * `attach`: somebody has the session. The call lasts until `detach` says that nobody has; its bytes are
 * the port meanwhile. Its one event, `{ attached: true }`, says that the guest is ready.
 */
export interface InsideAttach extends Pick<RuntimeSpec, 'bindings' | 'features'> {
  runtimeId: string;
}

/** `prefix`: code that isolates of this process will evaluate; the texts of its modules follow as data. */
export interface InsidePrefix {
  prefixId: string;
  modules: (ModuleHead & { bytes: number })[];
  /** Dependencies first, the prefix itself last. */
  order: number[];
  timeMs: number;
  /** Globals that are data, as a port writes them. */
  data?: string;
}

/** The answer of `open`. */
export interface InsideEnd {
  exitReason: ExitReason;
  message: string;
  /** What a prefix threw. */
  error?: GuestError;
  cpuTimeMs: number;
  /** The guest's thread did not stop: the process has to. */
  doomed: boolean;
}

/** `modules`: adds modules, whose texts follow as data in the same order. */
export interface InsideModules {
  runtimeId: string;
  modules: (ModuleHead & { bytes: number })[];
}

/** `eval`: adds modules likewise, says so by the event `{ added: true }`, and evaluates. */
export interface InsideEval extends InsideModules {
  evalId: number;
  /** Dependencies first, the entry last. */
  order: number[];
  /** 0 for as long as the runtime lives. */
  timeMs: number;
  /** The tests that the modules register are run. */
  tests?: boolean;
  /** Of the one eval of an isolate with a prefix. */
  run?: InsideRunLimits;
}

export interface InsideRunLimits {
  cpuTimeMs: number;
  memoryBytes: number;
  /** Globals that are data, and are others in this run. */
  data?: string;
}

export interface InsideOutcome {
  exitReason: ExitReason;
  value?: string;
  /** Named exports, of the eval of an isolate with a prefix. */
  exports?: string;
  error?: GuestError;
  cpuTimeMs: number;
  ended: boolean;
  portBytes?: number;
}

/** `end`: the runtime is to end, for this reason. */
export interface InsideEnding {
  runtimeId: string;
  exitReason: Exclude<ExitReason, 'Completed'>;
  message: string;
}

/** The answer of `figures`, which is the heartbeat too. */
export interface InsideFigures {
  rssBytes: number;
  runtimes: InsideRuntimeFigures[];
}

export interface InsideRuntimeFigures {
  runtimeId: string;
  cpuTimeMs: number;
  recentCpuMs: number;
  heapBytes: number;
}

/** The answer of `request`: with the head, where the whole body came before it and no event did. */
export interface InsideResponse {
  head?: ServerHead;
}

/** What a runtime process asks of the keeper as `import`: a module that a guest imports at run time. */
export interface InsideImport {
  runtimeId: string;
  importer: number;
  specifier: string;
}

/** Its answer: the modules are there by then. */
export type InsideImported = { order: number[] } | { error: { name: string; message: string } };
