import { guestFrames } from '../../../guest/stack.ts';

/** How a call ended, as the host reads it. The stubs come last. */
export type WasmOutcome = [
  exitReason: 'Completed' | 'Exception' | 'CompileError' | 'Memory' | 'Output' | 'ResultNotPlain',
  value: string | undefined,
  exports: undefined,
  errorName: string | undefined,
  errorMessage: string | undefined,
  errorStack: string | undefined,
  errorPath: string | undefined,
  stubs: string[],
];

interface Failure {
  name: string;
  message: string;
  stack?: string | undefined;
  path?: string;
}

export function completed(value: string | undefined, stubs: string[]): WasmOutcome {
  return ['Completed', value, undefined, undefined, undefined, undefined, undefined, stubs];
}

export function failed(
  exitReason: Exclude<WasmOutcome[0], 'Completed'>,
  { name, message, stack, path }: Failure,
  stubs: string[] = [],
): WasmOutcome {
  return [exitReason, undefined, undefined, name, message, stack, path, stubs];
}

/** What V8 says when a memory or table cannot be had. */
const NO_MEMORY = /out of memory|could not allocate|allocation failed/i;

/** Anything thrown by the module, by V8 on its behalf, or by ourselves for what a caller asked. */
export function thrown(error: unknown, stubs: string[]): WasmOutcome {
  // A module throws tags of its own, which are no errors and say nothing.
  if (!(error instanceof Error)) {
    const message = 'the module threw an exception that it did not catch';
    return failed('Exception', { name: 'WebAssembly.Exception', message }, stubs);
  }
  const { name, message, stack } = error;
  const isMemory = error instanceof RangeError && NO_MEMORY.test(message);
  const frames = stack === undefined ? undefined : guestFrames(stack);
  return failed(isMemory ? 'Memory' : 'Exception', { name, message, stack: frames }, stubs);
}
