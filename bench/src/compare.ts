import type { Contender } from './contender.ts';
import { throughput } from './load.ts';
import { figuresOf, sample, type Figures } from './samples.ts';

/** Rounds in which every contender takes its turn, so that a slow minute of the machine hits all. */
const ROUNDS = 8;
const WARM_UP = 30;

export type Comparison = Record<string, Figures & { about: string }>;

export async function compare(
  contenders: readonly Contender[],
  seconds: number,
): Promise<Comparison> {
  const samples = new Map<Contender, number[]>();
  for (const contender of contenders) {
    await sample(Math.min(WARM_UP, contender.samples), contender);
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
