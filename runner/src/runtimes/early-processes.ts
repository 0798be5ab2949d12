import { COMPILER_PROGRAM } from '../compiler/program.ts';
import { startChild, type StartedChild } from '../supervisor/child.ts';
import { RUNTIME_PROGRAM } from './runtime-program.ts';

/** Processes that start while their keeper's own modules are still being loaded. */
export interface EarlyProcesses {
  runtime: StartedChild;
  compiler: StartedChild;
}

/** The runtime process first: of all that a first result needs, it takes longest to start (0.1 s). */
export function startEarly(): EarlyProcesses {
  return { runtime: startChild(RUNTIME_PROGRAM), compiler: startChild(COMPILER_PROGRAM) };
}
