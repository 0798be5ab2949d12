import { build } from 'esbuild';
import { runGuest, type HarnessOptions, type HarnessResult } from './isolate-harness.ts';

/** The global in whose place a test's guest finds the group: none of these tests needs that one. */
const PLACE = 'EventSource';
const PLACE_GROUP = 'eventsource';

const EXPECT = new URL('../src/bridge/tests/guest/expect/', import.meta.url).pathname;

/** The assertion library as the guest's bundle has it, as a group of its own. */
const { outputFiles } = await build({
  stdin: {
    contents: `import { createExpect } from './index.ts'; $made = createExpect($core);`,
    resolveDir: EXPECT,
    loader: 'ts',
  },
  bundle: true,
  write: false,
  format: 'iife',
  target: 'es2024',
  platform: 'neutral',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'error',
});
const bundle = outputFiles[0]!.text;
const GROUP = `(function($core){"use strict";let $made;${bundle}return { ${PLACE}: $made }})\n//# sourceURL=cofferdam:tests\n`;

/** What the code of a test has: the global `expect`, and what the framework calls around a test. */
const PRELUDE = `const { expect, beginTest, endTest, addMatchers } = ${PLACE};
  const failure = (assert) => { try { assert(); return undefined } catch (error) { return error } };
  const rejection = async (promise) => { try { await promise; return undefined } catch (error) { return error } };
  const passes = (assert) => failure(assert) === undefined;\n`;

/** Runs code in an isolate of preset web that has the assertion library. */
export function runWithExpect(code: string, options: HarnessOptions = {}): Promise<HarnessResult> {
  const editGroup = (name: string, text: string) => (name === PLACE_GROUP ? GROUP : text);
  return runGuest(PRELUDE + code, { ...options, editGroup });
}

/** The value of code that has to go well. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each test knows what its code comes to
export async function valueWithExpect(code: string, options?: HarnessOptions): Promise<any> {
  const { exitReason, value, error } = await runWithExpect(code, options);
  if (exitReason === 'Completed') return value;
  throw new Error(`${exitReason}: ${error.name}: ${error.message}\n${error.stack}`);
}
