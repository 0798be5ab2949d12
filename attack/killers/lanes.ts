/** So many of something, each used by one at a time. */
export class Lanes<T> {
  readonly #free: T[];
  readonly #waiting: ((lane: T) => void)[] = [];

  constructor(lanes: readonly T[]) {
    this.#free = [...lanes];
  }

  async take<R>(use: (lane: T) => Promise<R>): Promise<R> {
    const lane = this.#free.pop() ?? (await this.#next());
    try {
      return await use(lane);
    } finally {
      this.#release(lane);
    }
  }

  #next(): Promise<T> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #release(lane: T): void {
    const next = this.#waiting.shift();
    if (next) next(lane);
    else this.#free.push(lane);
  }
}
