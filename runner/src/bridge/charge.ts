import type { RunContext } from './capability.ts';

/**
 * Charges work of the host's thread pool to a run: the wall time that it took, but no more than the
 * process used of all processors meanwhile, nor than `mostMs`, the time such work takes on a slow
 * machine. Nothing says what one operation used, and on a busy machine an operation of microseconds
 * waits for milliseconds.
 */
export async function charged<T>(
  { charge }: Pick<RunContext, 'charge'>,
  mostMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const began = performance.now();
  const before = process.cpuUsage();
  try {
    return await work();
  } finally {
    const { user, system } = process.cpuUsage(before);
    charge(Math.min(performance.now() - began, (user + system) / 1000, mostMs));
  }
}

/** Charges work of this thread: its own CPU time, 1 µs to ask for. */
export function chargedSync<T>({ charge }: Pick<RunContext, 'charge'>, work: () => T): T {
  const before = process.threadCpuUsage();
  try {
    return work();
  } finally {
    const { user, system } = process.threadCpuUsage(before);
    charge((user + system) / 1000);
  }
}
