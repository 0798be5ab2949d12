import { CofferdamError, settle } from '@cofferdam/protocol/base';
import { startEarly } from '@cofferdam/runner/early';
import { HELP, readArgs, UsageError, type DaemonArgs } from './args.ts';
import { EXIT_CODES, exitCodeOf } from './exit-code.ts';
import { claimPlace } from './lock.ts';

const say = (text: string) => process.stderr.write(`isolate-daemon: ${text}\n`);

function argsOrExit(): DaemonArgs {
  try {
    const args = readArgs(process.argv.slice(2));
    if (args) return args;
    process.stdout.write(HELP);
    process.exit(0);
  } catch (error) {
    say((error as Error).message);
    process.exit(error instanceof UsageError ? EXIT_CODES.usage : exitCodeOf(error));
  }
}

const args = argsOrExit();
try {
  const lock = await claimPlace(args.socket);
  // Only then what takes time: of several that start at once all but one are gone by now. The processes
  // of a first runtime start while this one's modules are loaded, and end with it.
  const early = startEarly();
  const { startDaemon } = await import('./daemon.ts');
  const daemon = await startDaemon(lock, {
    ...args,
    early,
    onFault: (error) => say(error instanceof Error ? (error.stack ?? error.message) : 'a fault'),
  });
  settle();
  process.once('SIGTERM', () => void daemon.close());
  process.once('SIGINT', () => void daemon.close());
  await daemon.ended;
  process.exit(0);
} catch (error) {
  const { code, message } = CofferdamError.from(error);
  say(`${code}: ${message}`);
  process.exit(exitCodeOf(error));
}
