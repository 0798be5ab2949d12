import type { PoolDemand } from '@cofferdam/protocol';
import { systemClock, type Clock } from '../schedule/clock.ts';

export interface SupplyBounds {
  /** Runners that are kept, used or not. */
  minimum: number;
  maximum: number;
  /** Milliseconds after which a start that led to nothing is forgotten. Default 30 s. */
  joinTimeoutMs?: number;
}

const JOIN_TIMEOUT_MS = 30_000;

/** Decides when one more runner is started, so that nobody waits in vain and nothing piles up. */
export class Supply {
  readonly #bounds: SupplyBounds;
  readonly #start: () => void;
  readonly #clock: Clock;
  /** When runners were asked for that were not announced yet. */
  #asked: number[] = [];

  constructor(bounds: SupplyBounds, start: () => void, clock: Clock = systemClock) {
    this.#bounds = bounds;
    this.#start = start;
    this.#clock = clock;
  }

  /** A runner that was asked for was announced. */
  announced(): void {
    this.#asked.shift();
  }

  /** Starts what is missing. */
  balance({ joined, unbound, expected, waiting }: PoolDemand): void {
    const coming = expected + this.#forgetLost();
    const { minimum, maximum } = this.#bounds;
    const wanted = Math.max(waiting - unbound - coming, minimum - joined - coming);
    const room = maximum - joined - coming;
    for (let count = Math.min(wanted, room); count > 0; count--) {
      this.#asked.push(this.#clock.now());
      this.#start();
    }
  }

  #forgetLost(): number {
    const oldest = this.#clock.now() - (this.#bounds.joinTimeoutMs ?? JOIN_TIMEOUT_MS);
    this.#asked = this.#asked.filter((time) => time > oldest);
    return this.#asked.length;
  }
}
