import { readFileSync } from 'node:fs';

/**
 * Adds up what vitest's JSON reporter wrote (files named `.json`) and the commands (`name=exit code`),
 * and prints the plain line `N passed, N failed` last. A test file that did not load is a failure.
 *
 *     node scripts/count-results.ts unit.json e2e.json check=0 test=1
 */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { name: string; status: string; assertionResults: unknown[] }[];
}

const args = process.argv.slice(2);
const commands = args.filter((arg) => !arg.endsWith('.json'));
const reports = args.filter((arg) => arg.endsWith('.json')).map(readReport);
const failedCommands = commands.filter((command) => !command.endsWith('=0'));
const notLoaded = reports
  .flatMap(({ testResults }) => testResults)
  .filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0);
const sum = (read: (report: Report) => number) => reports.map(read).reduce((a, b) => a + b, 0);
const passed = sum((one) => one.numPassedTests) + commands.length - failedCommands.length;
const failed = sum((one) => one.numFailedTests) + notLoaded.length + failedCommands.length;

for (const { name } of notLoaded) console.log(`did not load: ${name}`);
for (const command of failedCommands) console.log(`failed: ${command}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function readReport(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    console.log(`no report was left in ${file}`);
    return { numPassedTests: 0, numFailedTests: 1, testResults: [] };
  }
}
