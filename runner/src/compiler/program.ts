import type { ChildProgram } from '../supervisor/child.ts';

/** A parser that needs more is fed on purpose; without a cap it would take the machine. */
const HEAP_MIB = 256;

/** What a compiler process runs. */
export const COMPILER_PROGRAM: ChildProgram = {
  entry: new URL('./main.ts', import.meta.url),
  execArgv: [`--max-old-space-size=${HEAP_MIB}`, '--max-semi-space-size=2'],
};
