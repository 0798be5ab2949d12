import type { HookAnswer } from '../../../guest/hooks.ts';
import { inspectionText } from './inspection.ts';
import { completed, failed, thrown, type WasmOutcome } from './outcome.ts';
import { RandomSource } from './random.ts';
import { runModule, type Call } from './run.ts';
import { CompileError, Module } from './webassembly.ts';

/** What the host passes to the bootstrap. */
interface WasmHooks {
  log(level: number, message: string): void;
  wait: { applySyncPromise(receiver: undefined, args: [ms: number]): void };
  callSync(capability: string, method: string, json: string, bytes: undefined): HookAnswer;
}

/** Without a call the module is inspected. The call is JSON text. */
type RunBytes = (
  bytes: ArrayBuffer,
  callText: string | undefined,
  outputBytes: number,
) => WasmOutcome;

/**
 * Makes a fresh realm into one that runs WebAssembly modules. No script of a guest's ever runs here:
 * of this realm a module sees its imports, which take and give numbers.
 */
export function boot({ log, callSync, wait }: WasmHooks): { runBytes: RunBytes } {
  const random = new RandomSource((size) =>
    callSync('crypto', 'random', JSON.stringify({ size }), undefined),
  );
  const surroundings = {
    log: (level: number, message: string) => log(level, message),
    now: () => Date.now(),
    // Waiting for the host is no CPU time, as Atomics.wait would be; the end of the run ends it.
    sleep: (ms: number) => wait.applySyncPromise(undefined, [ms]),
    random: (target: Uint8Array) => random.fill(target),
  };
  const runBytes: RunBytes = (bytes, callText, outputBytes) => {
    const module = compiled(bytes);
    if (Array.isArray(module)) return module as WasmOutcome;
    if (callText === undefined) return completed(inspectionText(module, outputBytes), []);
    return runModule(module, JSON.parse(callText) as Call, { ...surroundings, outputBytes });
  };
  return { runBytes };
}

function compiled(bytes: ArrayBuffer): object | WasmOutcome {
  try {
    return new Module(bytes);
  } catch (error) {
    if (!(error instanceof CompileError)) return thrown(error, []);
    return failed('CompileError', { name: 'CompileError', message: error.message });
  }
}
