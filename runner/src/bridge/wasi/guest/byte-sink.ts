/** Bytes appended one write after another: a program may write them one by one. */
export class ByteSink {
  #bytes = new Uint8Array(1024);
  #length = 0;

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Takes the first bytes away and answers them. */
  shift(length: number): Uint8Array {
    const taken = this.#bytes.slice(0, length);
    this.#bytes.copyWithin(0, length, this.#length);
    this.#length -= length;
    return taken;
  }

  clear(): void {
    this.#length = 0;
  }
}
