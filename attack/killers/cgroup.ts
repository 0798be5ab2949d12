import { readFileSync, writeFileSync } from 'node:fs';

/** Where version 1 of control groups has memory, and version 2 everything. */
const ROOTS = { v1: '/sys/fs/cgroup/memory', v2: '/sys/fs/cgroup' } as const;

/** What the kernel charges a container for: its processes, its files in memory, under gVisor its kernel. */
export class MemoryGroup {
  readonly #folder: string;
  readonly #names: { now: string; peak: string };

  /** Of the group that the process is in. */
  constructor(pid: number) {
    const text = readFileSync(`/proc/${pid}/cgroup`, 'latin1');
    const v1 = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.+)$/m.exec(text)?.[1];
    this.#folder = v1 ? ROOTS.v1 + v1 : ROOTS.v2 + /^0::(.+)$/m.exec(text)![1]!;
    this.#names = v1
      ? { now: 'memory.usage_in_bytes', peak: 'memory.max_usage_in_bytes' }
      : { now: 'memory.current', peak: 'memory.peak' };
  }

  get bytes(): number {
    return this.#read(this.#names.now);
  }

  /** The most that it ever had since {@link forgetPeak}, or since its start where the kernel forgets nothing. */
  get peakBytes(): number {
    return this.#read(this.#names.peak);
  }

  forgetPeak(): void {
    try {
      writeFileSync(`${this.#folder}/${this.#names.peak}`, '0');
    } catch {
      // A kernel before 6.12 with version 2.
    }
  }

  #read(name: string): number {
    return Number(readFileSync(`${this.#folder}/${name}`, 'latin1'));
  }
}
