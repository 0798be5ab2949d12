const LINE_END = /\r\n|[\n\r\u2028\u2029]/g;

/** Lines and columns, from 1, of the characters of a text. */
export class Places {
  readonly #starts = [0];
  readonly #length: number;

  constructor(text: string) {
    this.#length = text.length;
    for (const end of text.matchAll(LINE_END)) this.#starts.push(end.index + end[0].length);
  }

  at(offset: number): { line: number; column: number } {
    const inside = Math.min(Math.max(0, offset), this.#length);
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#starts[middle]! <= inside) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: inside - this.#starts[low]! + 1 };
  }
}
