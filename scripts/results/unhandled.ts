import { appendFileSync } from 'node:fs';
import type { Reporter } from 'vitest/node';

const MAX_STACK = 500;

/** Writes what no test caught to the file that `UNHANDLED_ERRORS` names: vitest's JSON does not tell of it. */
export default class UnhandledErrors implements Reporter {
  onTestRunEnd: Reporter['onTestRunEnd'] = (_modules, errors) => {
    const file = process.env.UNHANDLED_ERRORS;
    if (!file) return;
    for (const { message, stack = message, VITEST_TEST_PATH: of } of errors) {
      appendFileSync(file, `unhandled in ${String(of)}: ${stack.slice(0, MAX_STACK)}\n`);
    }
  };
}
