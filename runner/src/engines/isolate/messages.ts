import type {
  ExitReason,
  GuestError,
  Limits,
  LogLine,
  Preset,
  WasmCall,
} from '@cofferdam/protocol';
import type { CompiledSource } from '../engine.ts';

/** What the runner sends to an isolate process as `run`. */
export interface InsideJob {
  runId: string;
  preset: Preset;
  /** Text to evaluate, with its form. */
  source?: Pick<CompiledSource, 'code' | 'form' | 'digest' | 'fileName'>;
  /** The tests that the source registers are run. */
  check?: boolean;
  /** The guest has a browser. */
  browser?: boolean;
  /** A WebAssembly module follows as data. Without a call it is inspected. */
  wasm?: { call?: WasmCall };
  input?: string;
  env?: string;
  limits: Limits;
  reuse: boolean;
}

/** Events of a `run` call. */
export type InsideEvent =
  | { log: LogLine }
  /** The guest asked for something outside: from here on its run must not be repeated. */
  | { outside: true };

/** What the isolate process answers. */
export interface InsideOutcome {
  exitReason: ExitReason;
  value?: string;
  exports?: string;
  error?: GuestError;
  stubs?: string[];
  logsCut: boolean;
  cpuTimeMs: number;
  memoryBytes?: number;
  bridgeCalls: number;
  outputBytes: number;
  warm: boolean;
  /** Milliseconds since the epoch: when the isolate was taken, when guest code began and ended. */
  times: { taken: number; began: number; ended: number };
  fetches: { host: string; start: number; end: number; status?: number; error?: string }[];
  /** The guest's thread did not stop: the process has to. */
  doomed?: boolean;
}

/** What an isolate process says of itself with every answer and heartbeat. */
export interface InsideFigures {
  rssBytes: number;
  spares: number;
  runs: { runId: string; cpuTimeMs: number; recentCpuMs: number }[];
}
