/** Pieces beyond this many are joined: a peer that sends single bytes must not cost an object each. */
const MAX_LOOSE_PIECES = 1024;

const NOTHING = Buffer.alloc(0);

/** A queue of bytes in pieces, whose cost follows the bytes and not the number of pieces. */
export class Pieces {
  #pieces: Buffer[] = [];
  #joined = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(piece: Buffer): void {
    if (piece.byteLength === 0) return;
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

  /** So many of the oldest bytes, which have to be there: a view where they are in one piece. */
  take(bytes: number): Buffer {
    const first = this.#pieces[0];
    if (!first || first.byteLength >= bytes) return this.#takeOfFirst(bytes);
    const taken = Buffer.allocUnsafe(bytes);
    for (let at = 0; at < bytes;) {
      const piece = this.#takeOfFirst(Math.min(bytes - at, this.#pieces[0]!.byteLength));
      at += piece.copy(taken, at);
    }
    return taken;
  }

  #takeOfFirst(bytes: number): Buffer {
    const [first = NOTHING] = this.#pieces;
    if (bytes === 0) return NOTHING;
    if (bytes === first.byteLength) return this.shift()!;
    this.#pieces[0] = first.subarray(bytes);
    this.#bytes -= bytes;
    return first.subarray(0, bytes);
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
