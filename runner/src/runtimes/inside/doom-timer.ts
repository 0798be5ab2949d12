const LOOK_MS = 50;

export interface DoomOptions {
  /** CPU time of this process, in milliseconds: on a busy machine a thread may just not have had its turn. */
  workMs: number;
  /** Milliseconds after which it is called in any case. */
  latestMs: number;
}

/** Calls `onDoom` unless it is disposed of before this process has worked for so long. */
export function doomTimer({ workMs, latestMs }: DoomOptions, onDoom: () => void): Disposable {
  const before = process.cpuUsage();
  const endsAt = performance.now() + latestMs;
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    const hasWorked = (user + system) / 1_000 >= workMs;
    if (!hasWorked && performance.now() < endsAt) return;
    clearInterval(timer);
    onDoom();
  }, LOOK_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
