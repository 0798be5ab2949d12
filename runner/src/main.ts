import { CofferdamError, settle } from '@cofferdam/protocol';
import { readRunnerConfig } from './config.ts';
import { startRunner } from './runner.ts';

try {
  const runner = await startRunner(readRunnerConfig(process.env));
  settle();
  const stop = async () => {
    await runner.close();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // A runner without its gateway has nothing to do and nobody to report to.
  await runner.ended;
  await stop();
} catch (error) {
  const { code, message } = CofferdamError.from(error);
  process.stderr.write(`runner: ${code}: ${message}\n`);
  process.exit(1);
}
