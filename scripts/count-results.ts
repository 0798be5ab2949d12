import { readFileSync } from 'node:fs';

/**
 * Adds up what vitest's JSON reporter wrote and the commands before it (`name=exit code`), and
 * prints the plain line `N passed, N failed` last. A test file that did not load is a failure.
 *
 *     node scripts/count-results.ts results.json check=0 test=1
 */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { name: string; status: string; assertionResults: unknown[] }[];
}

const [reportFile = '', ...commands] = process.argv.slice(2);
const failedCommands = commands.filter((command) => !command.endsWith('=0'));
const report = readReport(reportFile);
const notLoaded = report.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
);
const passed = report.numPassedTests + commands.length - failedCommands.length;
const failed = report.numFailedTests + notLoaded.length + failedCommands.length;

for (const { name } of notLoaded) console.log(`did not load: ${name}`);
for (const command of failedCommands) console.log(`failed: ${command}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

function readReport(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    console.log('the tests left no report');
    return { numPassedTests: 0, numFailedTests: 1, testResults: [] };
  }
}
