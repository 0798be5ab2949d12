/** What a row of the report says: milliseconds, and requests each second where load was measured. */
export interface Figures {
  p50: number;
  p95: number;
  p99: number;
  samples: number;
  perSecond?: number;
}

export function figuresOf(samples: readonly number[]): Figures {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), samples: sorted.length };
}

interface Sampled {
  once(): Promise<void>;
  pause?(): Promise<void>;
}

/** Times a contender so many times in sequence; its pauses do not count. */
export async function sample(times: number, contender: Sampled): Promise<number[]> {
  const samples: number[] = [];
  for (let count = 0; count < times; count++) {
    await contender.pause?.();
    const began = performance.now();
    await contender.once();
    samples.push(performance.now() - began);
  }
  return samples;
}
