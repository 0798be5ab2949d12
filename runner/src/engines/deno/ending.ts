import type { ExitReason, GuestError } from '@cofferdam/protocol';
import type { ChildExit } from '../../supervisor/child.ts';

/** How the guest's code ended, whoever said so. */
export interface Ending {
  exitReason: ExitReason;
  value?: string;
  exports?: string;
  error?: GuestError;
}

type Failure = Exclude<ExitReason, 'Completed'>;

export function limitEnding(exitReason: Failure, message: string): Ending {
  return { exitReason, error: { name: 'LimitError', message } };
}

function crashEnding(message: string): Ending {
  return { exitReason: 'EngineCrash', error: { name: 'EngineError', message } };
}

export const brokenProtocol = () => crashEnding('The process broke the protocol');

export function memoryEnding(memoryBytes: number): Ending {
  const mebibytes = Math.round(memoryBytes / 2 ** 20);
  return limitEnding('Memory', `The script used more than its ${mebibytes} MiB of memory`);
}

/** V8 ends the process with a trap when its heap is full, with these words before it. */
const OUT_OF_MEMORY = /out of memory|heap limit/i;
const TRAPS: ReadonlySet<string> = new Set(['SIGTRAP', 'SIGILL', 'SIGABRT']);

interface ProcessDeath extends ChildExit {
  stderr: string;
  memoryBytes: number;
}

/** What became of a process that ended by itself. */
export function endingOfDeath({ code, signal, stderr, memoryBytes }: ProcessDeath): Ending {
  if (signal === null && code !== null) {
    return crashEnding(
      `The script ended its process with exit code ${code}: Deno.exit and process.exit end a run without a result`,
    );
  }
  const trapped = signal !== null && TRAPS.has(signal);
  // Other fatal errors end in the same trap; V8's words tell a full heap from those.
  if (trapped && OUT_OF_MEMORY.test(stderr)) return memoryEnding(memoryBytes);
  return crashEnding(`The process ended with ${signal ?? 'an unknown signal'}`);
}
