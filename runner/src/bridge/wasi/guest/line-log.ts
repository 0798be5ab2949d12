import { ByteSink } from './byte-sink.ts';
import { decodeUtf8, wholeLength } from './utf8.ts';

export type WriteLine = (text: string) => void;

/** A line without an end is sent in pieces of this size. */
const MAX_LINE_BYTES = 16 * 1024;
const NEWLINE = 0x0a;

/** Makes what a program writes into console lines. */
export class LineLog {
  readonly #pending = new ByteSink();
  readonly #write: WriteLine;

  constructor(write: WriteLine) {
    this.#write = write;
  }

  append(bytes: Uint8Array): void {
    let start = 0;
    for (;;) {
      const newline = bytes.indexOf(NEWLINE, start);
      if (newline === -1) break;
      this.#pending.append(bytes.subarray(start, newline));
      this.#flushLine();
      start = newline + 1;
    }
    this.#pending.append(bytes.subarray(start));
    this.#flushPieces();
  }

  /** The last line, when no newline ended it. */
  end(): void {
    if (this.#pending.length > 0) this.#flushLine();
  }

  #flushLine(): void {
    this.#flushPieces();
    this.#write(decodeUtf8(this.#pending.bytes));
    this.#pending.clear();
  }

  #flushPieces(): void {
    while (this.#pending.length > MAX_LINE_BYTES) {
      const size = wholeLength(this.#pending.bytes, MAX_LINE_BYTES);
      this.#write(decodeUtf8(this.#pending.shift(size)));
    }
  }
}
