import { CofferdamError, settle } from '@cofferdam/protocol';
import { readPodConfig } from './config.ts';
import { startPod } from './pod.ts';

try {
  const pod = await startPod(readPodConfig(process.env));
  settle();
  const stop = async () => {
    await pod.close();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // Without its gateway it has nothing to do and nobody to report to.
  await pod.ended;
  await stop();
} catch (error) {
  const { code, message } = CofferdamError.from(error);
  process.stderr.write(`browser: ${code}: ${message}\n`);
  process.exit(1);
}
