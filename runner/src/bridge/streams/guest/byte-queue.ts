import { primordials } from '../../../guest/captured.ts';
import { Fifo } from './fifo.ts';
import { bytesIn, viewOf, transfer } from './views.ts';

const { min, typedSet } = primordials;

/** A read that waits for its buffer to be filled. */
export interface PullInto {
  buffer: ArrayBuffer;
  readonly bufferByteLength: number;
  readonly offset: number;
  readonly length: number;
  filled: number;
  readonly minimum: number;
  readonly elementSize: number;
  readonly constructor: Function;
  reader: 'byob' | 'default' | 'none';
}

interface Piece {
  readonly buffer: ArrayBuffer;
  offset: number;
  length: number;
}

/** The bytes that a controller holds for whoever reads next. */
export class ByteQueue {
  readonly #pieces = new Fifo<Piece>();
  total = 0;

  push(buffer: ArrayBuffer, offset: number, length: number): void {
    this.#pieces.push({ buffer, offset, length });
    this.total += length;
  }

  shift(): Uint8Array {
    const { buffer, offset, length } = this.#pieces.shift();
    this.total -= length;
    return bytesIn(buffer, offset, length);
  }

  clear(): void {
    this.#pieces.clear();
    this.total = 0;
  }

  /** Answers whether the read has at least what it asked for, in whole elements. */
  fill(into: PullInto): boolean {
    let left = min(this.total, into.length - into.filled);
    const most = into.filled + left;
    const aligned = most - (most % into.elementSize);
    const isReady = aligned >= into.minimum;
    if (isReady) left = aligned - into.filled;
    while (left > 0) left -= this.#fillFromFirst(into, left);
    return isReady;
  }

  #fillFromFirst(into: PullInto, left: number): number {
    const piece = this.#pieces.first!;
    const size = min(left, piece.length);
    const target = bytesIn(into.buffer, into.offset + into.filled, size);
    typedSet(target, bytesIn(piece.buffer, piece.offset, size));
    if (piece.length === size) this.#pieces.shift();
    else {
      piece.offset += size;
      piece.length -= size;
    }
    this.total -= size;
    into.filled += size;
    return size;
  }
}

/** The view that a read is answered with. */
export function filledView(into: PullInto): unknown {
  const { constructor, elementSize, filled, offset } = into;
  return viewOf(constructor, transfer(into.buffer), [offset, filled / elementSize]);
}
