import { globSync } from 'node:fs';
import { generatorSteps } from './generators.ts';
import { runSteps, type Step } from './steps.ts';

/** Guest code has no Node types, so that each realm has a TypeScript project of its own. */
const typeSteps: Step[] = globSync('{,*/,*/src/**/}tsconfig*.json', {
  exclude: ['**/node_modules/**'],
})
  .toSorted()
  .map((project) => ({ name: `types (${project})`, command: 'tsc', args: ['-p', project] }));

const steps: Step[] = [
  { name: 'format', command: 'prettier', args: ['--check', '--log-level', 'warn', '.'] },
  { name: 'lint', command: 'oxlint', args: ['--deny-warnings', '.'] },
  ...typeSteps,
  { name: 'unused code', command: 'knip', args: [] },
  { name: 'boundaries', command: process.execPath, args: ['scripts/check-boundaries.ts'] },
  ...generatorSteps(['--check']),
];

process.exitCode = (await runSteps(steps)) ? 0 : 1;
