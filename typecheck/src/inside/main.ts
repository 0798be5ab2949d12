import type { CheckJob } from '../job.ts';
import { Checker } from './checker.ts';

// Started by CheckerProcess, which asks for one check at a time and kills the native process when it
// is late. Whatever goes wrong ends this process as well: the next source finds a fresh one.
const checker = new Checker();
const { native } = checker;

// Not before the native process was waited for: where nobody adopts processes, as in a container, it
// would stay behind as a zombie.
native.ref();
native.on('exit', () => process.exit(1));

process.on('message', (job: CheckJob) => {
  try {
    process.send!(checker.check(job));
  } catch {
    native.kill('SIGKILL');
  }
});
process.on('disconnect', () => native.kill('SIGKILL'));
process.send!({ nativePid: native.pid });
