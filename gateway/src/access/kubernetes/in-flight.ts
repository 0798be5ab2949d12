import { CofferdamError } from '@cofferdam/protocol';

/** So many calls at once and no more: one more is `UNAVAILABLE`, and may be sent again. */
export class InFlight {
  readonly #max: number;
  #count = 0;

  constructor(max: number) {
    this.#max = max;
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#count >= this.#max) {
      throw new CofferdamError('UNAVAILABLE', 'Too many tokens are under review; try again.');
    }
    this.#count++;
    try {
      return await call();
    } finally {
      this.#count--;
    }
  }
}
