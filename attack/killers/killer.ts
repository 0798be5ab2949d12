import type { Engine, ErrorCode, ExitReason } from '@cofferdam/protocol';

/** A run that ends, or starves, what it runs in. */
export interface Killer {
  name: string;
  class: string;
  /** Default: isolate. */
  engine?: Engine;
  /** A script; of engine wasm the module and what is called of it. */
  code: string | { bytes: Uint8Array; entry: string; args?: number[] };
  /** Each of them is true; which one comes first is the machine's to decide. An error code where it never ran. */
  ends: readonly (ExitReason | ErrorCode)[];
  /** Default: web, of which there is most. */
  preset?: 'compute' | 'web' | 'minimal';
  limits?: { cpuTimeMs?: number; memoryBytes?: number };
  /** Milliseconds from start to end. Default: so many that no machine's slowness ends it. */
  timeout?: number;
  /** The smallest scale that has it. Default: full. */
  from?: 'quick' | 'ci';
}

export const MiB = 1024 * 1024;

/** Loops end by their CPU time, and soon. */
export const LOOPS = { cpuTimeMs: 400 };
/** What grows has time to: its memory is what ends it. */
export const GROWS = { cpuTimeMs: 10_000, memoryBytes: 64 * MiB };
/** The most that a run may be given. */
export const GROWS_MOST = { cpuTimeMs: 10_000, memoryBytes: 512 * MiB };
