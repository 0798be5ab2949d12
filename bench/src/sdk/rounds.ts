import { figuresOf, type Figures } from '../samples.ts';

/** Something that takes its turn in each round and answers its samples, in milliseconds. */
export interface Turn {
  readonly name: string;
  take(): Promise<readonly number[]>;
}

/** Lets all take turns, so that a slow minute of the machine hits each of them; by name. */
export async function inRounds(
  rounds: number,
  turns: readonly Turn[],
): Promise<Record<string, Figures>> {
  const samples = new Map<Turn, number[]>(turns.map((turn) => [turn, []]));
  for (let round = 0; round < rounds; round++) {
    // eslint-disable-next-line no-await-in-loop -- at a time one is measured
    for (const turn of turns) samples.get(turn)!.push(...(await turn.take()));
  }
  return Object.fromEntries(turns.map((turn) => [turn.name, figuresOf(samples.get(turn)!)]));
}

/** When a host's function was called, in milliseconds: a guest's clock is too coarse for this. */
export class Arrivals {
  #times: number[] = [];

  note(): void {
    this.#times.push(performance.now());
  }

  /** The times between one call and the next, and forgets them. */
  gaps(): number[] {
    const times = this.#times;
    this.#times = [];
    return times.slice(1).map((time, index) => time - times[index]!);
  }
}

/** How long something takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
