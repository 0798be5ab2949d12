import type { Contender } from './contender.ts';
import { throughput } from './load.ts';
import { figuresOf, sample, type Figures } from './samples.ts';

/** Rounds in which every contender takes its turn, so that a slow minute of the machine hits all. */
const ROUNDS = 8;
/** Our path is JavaScript in four processes: V8 has compiled all of it after about 1,000 runs. */
const WARM_UP = 1_000;
/** Of contenders that take so few samples, each is a process of its own and learns nothing. */
const FEW_SAMPLES = 100;

export type Comparison = Record<string, Figures & { about: string }>;

export async function compare(
  contenders: readonly Contender[],
  seconds: number,
): Promise<Comparison> {
  const samples = new Map<Contender, number[]>();
  for (const contender of contenders) {
    await sample(contender.samples <= FEW_SAMPLES ? 5 : WARM_UP, contender);
    samples.set(contender, []);
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of contenders) {
      const times = Math.ceil(contender.samples / ROUNDS);
      samples.get(contender)!.push(...(await sample(times, contender)));
    }
  }
  const comparison: Comparison = {};
  for (const contender of contenders) {
    const figures: Figures = figuresOf(samples.get(contender)!);
    if (contender.load) figures.perSecond = await throughput(contender.load, seconds);
    comparison[contender.name] = { about: contender.about, ...figures };
  }
  return comparison;
}
