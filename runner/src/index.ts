export { startRunner, type Runner } from './runner.ts';
export { readRunnerConfig, type RunnerConfig } from './config.ts';
