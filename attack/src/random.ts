/** Numbers that look random and are the same for the same seed, also in another version of anything (xorshift128). */
export class Random {
  readonly #state = new Uint32Array(4);

  constructor(...seeds: readonly number[]) {
    this.#state.set([0x9e3779b9, 0x243f6a88, 0xb7e15162, 0xdeadbeef]);
    for (const seed of seeds) {
      this.#state[0]! ^= seed >>> 0;
      this.#state[1]! ^= Math.floor(seed / 2 ** 32) >>> 0;
      for (let i = 0; i < 8; i++) this.next();
    }
  }

  /** 32 bits. */
  next(): number {
    const state = this.#state;
    let t = state[3]!;
    t ^= t << 11;
    t ^= t >>> 8;
    state[3] = state[2]!;
    state[2] = state[1]!;
    state[1] = state[0]!;
    return (state[0] = (t ^ state[0]! ^ (state[0]! >>> 19)) >>> 0);
  }

  /** From 0 up to, and without, so much. */
  below(limit: number): number {
    return this.next() % limit;
  }

  /** True once in so many times. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at++) bytes[at] = this.next();
    return bytes;
  }
}
