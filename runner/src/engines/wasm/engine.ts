import { randomUUID } from 'node:crypto';
import { CofferdamError, type ExitReason } from '@cofferdam/protocol';
import { noFetch } from '../../bridge/fetch/none.ts';
import type { Engine, EngineStats, Job, Outcome } from '../engine.ts';
import { IsolateEngine } from '../isolate/engine.ts';
import { INSPECT_LIMITS, readInspection, type Inspection } from './inspection.ts';

/**
 * `--wasm-max-mem-pages`: 512 MiB, the ceiling of limits.memoryBytes, for each memory of a module.
 * V8 counts none of them in an isolate's heap: what is resident is watched.
 * `--experimental-wasm-type-reflection`: the types of imports and exports, told by the parser that
 * has checked them.
 */
const WASM_FLAGS = ['--wasm-max-mem-pages=8192', '--experimental-wasm-type-reflection'];

const LOST: readonly ExitReason[] = ['EngineCrash', 'Cancelled', 'Neighbour'];

/**
 * WebAssembly modules, each in a fresh isolate, one run at a time in a process: so its resident
 * memory is the module's. The first process starts with the first run.
 */
export class WasmEngine implements Engine {
  readonly #isolates = new IsolateEngine({
    processes: 1,
    maxProcesses: 2,
    runsPerProcess: 1,
    sparesPerProfile: 1,
    expected: [],
    role: 'wasm',
    execArgv: WASM_FLAGS,
  });

  run(job: Job): Promise<Outcome> {
    return this.#isolates.run(job);
  }

  /**
   * What a module exports and imports. Throws `INVALID_WASM` for bytes that do not compile, or not
   * within the limits of an inspection; `UNAVAILABLE` when the process was lost.
   */
  async inspect(bytes: Uint8Array, digest: string): Promise<Inspection> {
    const { exitReason, value, error } = await this.#isolates.run({
      request: {
        runId: randomUUID(),
        tenant: 'inspection',
        name: digest,
        engine: 'wasm',
        preset: 'minimal',
        reuse: 'none',
        limits: INSPECT_LIMITS,
      },
      wasmBytes: bytes,
      signal: new AbortController().signal,
      openFetch: () => noFetch(),
      openWebSocket: () => noFetch(),
    });
    if (exitReason === 'Completed' && value !== undefined) return readInspection(value);
    // A module may end the process, but so may the machine: that says nothing about the bytes.
    if (LOST.includes(exitReason)) {
      throw new CofferdamError('UNAVAILABLE', 'the process that inspected the module was lost');
    }
    throw new CofferdamError('INVALID_WASM', error?.message);
  }

  stats(): EngineStats {
    return this.#isolates.stats();
  }

  close(): Promise<void> {
    return this.#isolates.close();
  }
}
