/** Pieces beyond this many are joined: a peer that sends single bytes must not cost an object each. */
const MAX_LOOSE_PIECES = 1024;

/** A queue of bytes in pieces, whose cost follows the bytes and not the number of pieces. */
export class Pieces {
  #pieces: Buffer[] = [];
  #joined = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.byteLength;
    if (this.#pieces.length - this.#joined < MAX_LOOSE_PIECES) return;
    this.#pieces.push(Buffer.concat(this.#pieces.splice(this.#joined)));
    this.#joined = this.#pieces.length;
  }

  /** The oldest piece. */
  shift(): Buffer | undefined {
    const piece = this.#pieces.shift();
    if (!piece) return undefined;
    this.#bytes -= piece.byteLength;
    if (this.#joined > 0) this.#joined--;
    return piece;
  }

  /** Everything as one buffer; nothing is left. */
  takeAll(): Buffer {
    const all = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#joined = 0;
    this.#bytes = 0;
    return all;
  }
}
