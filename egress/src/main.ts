import { CofferdamError, settle } from '@cofferdam/protocol';
import { readEgressConfig } from './config.ts';
import { startEgress } from './server.ts';

const say = (text: string) => process.stderr.write(`egress: ${text}\n`);

// Names are looked up on libuv's threads, at most half of them, and a name server that is slow for one tenant
// holds 16 for many seconds (see lookups.ts): 128 are eight such tenants. They cost 1 MiB more than 64.
process.env['UV_THREADPOOL_SIZE'] ??= '256';

try {
  const { exitWithStdin, ...config } = readEgressConfig(process.env);
  const egress = await startEgress({
    ...config,
    onFault: (error) => say(error instanceof Error ? (error.stack ?? error.message) : 'a fault'),
  });
  settle();
  const stop = async () => {
    await egress.close();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // Whoever started it holds the other end: when that is gone, nobody needs a way out.
  if (exitWithStdin) process.stdin.once('close', stop).resume();
} catch (error) {
  const { code, message } = CofferdamError.from(error);
  say(`${code}: ${message}`);
  process.exit(1);
}
