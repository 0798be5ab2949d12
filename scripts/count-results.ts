import { addUp, namesOf, readReport } from './results/report.ts';

/**
 * Adds up what vitest's JSON reporter wrote (files named `.json`) and the commands (`name=exit code`), names
 * what failed, and prints the plain line `N passed, N failed` last. A test file that did not load is a
 * failure. Of `test.json=again.json=last.json` each is of the files in which tests failed in the one before, run again
 * by themselves: what failed in the first and passed in a later one is counted as passed, and named.
 *
 *     node scripts/count-results.ts unit.json=unit-again.json e2e.json check=0 test=1
 */
const args = process.argv.slice(2);
const isReport = (arg: string) => arg.endsWith('.json');
const commands = args.filter((arg) => !isReport(arg));
const failedCommands = commands.filter((command) => !command.endsWith('=0'));
const counts = args.filter(isReport).map((arg) => addUp(...arg.split('=').map(readReport)));
const passed = counts.reduce((sum, one) => sum + one.passed, 0);
const failed = counts.reduce((sum, one) => sum + one.failed.length, 0);

for (const one of counts) {
  for (const text of one.unsteady) console.log(`passed in another run: ${text}`);
  for (const failure of one.failed) console.log(namesOf(failure));
}
for (const command of failedCommands) console.log(`failed: ${command}`);
const allPassed = passed + commands.length - failedCommands.length;
console.log(`${allPassed} passed, ${failed + failedCommands.length} failed`);
process.exitCode = failed + failedCommands.length > 0 ? 1 : 0;
