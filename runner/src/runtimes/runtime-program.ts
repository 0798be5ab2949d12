import type { ChildProgram } from '../supervisor/child.ts';

/** What a runtime process runs. */
export const RUNTIME_PROGRAM: ChildProgram = {
  entry: new URL('./inside/main.ts', import.meta.url),
  execArgv: ['--no-node-snapshot', '--max-semi-space-size=2', '--max-old-space-size=512'],
};
