interface Edit {
  start: number;
  end: number;
  text: string;
  /** What closes a piece of text comes before what opens the next one at the same place. */
  isClose: boolean;
}

/** Edits of one text, told in the order of its syntax tree: outer nodes before inner ones. */
export class Edits {
  readonly #text: string;
  readonly #edits: Edit[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Puts text around a piece; that of inner pieces stays inside. */
  wrap(start: number, end: number, [before, after]: readonly [string, string]): void {
    if (start === end) return this.replace(start, end, before + after);
    this.#edits.push({ start, end: start, text: before, isClose: false });
    this.#edits.push({ start: end, end, text: after, isClose: true });
  }

  /** Line breaks of what is replaced are kept, so that stack traces stay right. */
  replace(start: number, end: number, text: string): void {
    const breaks = this.#text.slice(start, end).replace(/[^\n]/g, '');
    this.#edits.push({ start, end, text: text + breaks, isClose: false });
  }

  apply(): string {
    const order = new Map(this.#edits.map((edit, index) => [edit, index]));
    const inPlace = (a: Edit, b: Edit): number => {
      if (a.start !== b.start) return a.start - b.start;
      if (a.isClose !== b.isClose) return a.isClose ? -1 : 1;
      const inner = order.get(a)! - order.get(b)!;
      return a.isClose ? -inner : inner;
    };
    let output = '';
    let at = 0;
    for (const { start, end, text } of this.#edits.sort(inPlace)) {
      output += this.#text.slice(at, start) + text;
      at = end;
    }
    return output + this.#text.slice(at);
  }
}
