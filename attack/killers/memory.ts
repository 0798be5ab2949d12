import { readFileSync, writeFileSync } from 'node:fs';

/** How often processes are looked at that may end: what was resident is lost with them. */
const LOOK_MS = 4;
const KiB = 1024;

export interface Peaks {
  /** The most that one process was above its resident memory at the start. */
  growthBytes: number;
  /** The most that all of them had together. */
  togetherBytes: number;
}

/** Resident memory of a runner's processes, seen from outside while a killer is at work. */
export class MemoryMeter {
  readonly #runner: number;
  readonly #baselines = new Map<number, number>();
  readonly #peaks = new Map<number, number>();
  #together = 0;
  /** Of a process that is new: what one of its kind has at rest. */
  #usual = 0;
  readonly #timer: NodeJS.Timeout;

  /** `runner`: the process whose children the engines' processes are. */
  constructor(runner: number) {
    this.#runner = runner;
    const present = childrenOf(runner);
    for (const pid of present) {
      forgetPeak(pid);
      this.#baselines.set(pid, figuresOf(pid)?.resident ?? 0);
    }
    this.#usual = Math.max(0, ...this.#baselines.values());
    this.#look();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  stop(): Peaks {
    this.#look();
    clearInterval(this.#timer);
    const growths = [...this.#peaks].map(
      ([pid, peak]) => peak - (this.#baselines.get(pid) ?? this.#usual),
    );
    return { growthBytes: Math.max(0, ...growths), togetherBytes: this.#together };
  }

  #look(): void {
    let together = figuresOf(this.#runner)?.resident ?? 0;
    for (const pid of childrenOf(this.#runner)) {
      const figures = figuresOf(pid);
      if (!figures) continue;
      together += figures.resident;
      // The kernel keeps the peak of each: between two looks nothing is missed of one that lives.
      this.#peaks.set(pid, Math.max(this.#peaks.get(pid) ?? 0, figures.peak));
    }
    this.#together = Math.max(this.#together, together);
  }
}

interface Figures {
  resident: number;
  peak: number;
}

function figuresOf(pid: number): Figures | undefined {
  const text = read(`/proc/${pid}/status`);
  const field = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);
  const [resident, peak] = [field('VmRSS') * KiB, field('VmHWM') * KiB];
  return Number.isNaN(resident) || Number.isNaN(peak) ? undefined : { resident, peak };
}

/** The kernel starts counting its peak anew. */
function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // It has ended, or it is somebody else's.
  }
}

function childrenOf(pid: number): number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`);
  return text.split(' ').filter(Boolean).map(Number);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
