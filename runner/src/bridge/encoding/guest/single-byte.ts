import { wrong, type Decoder } from './decoder.ts';
import { tableOf } from './tables.ts';
import type { TextBuilder } from './utf8.ts';

/** A byte for each character: ASCII, and a table for the rest. */
export class SingleByteDecoder implements Decoder {
  readonly #table: Uint32Array;

  constructor(encoding: string) {
    this.#table = tableOf(encoding);
  }

  push(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    const point = byte < 0x80 ? byte : this.#table[byte - 0x80]!;
    if (point === 0 && byte !== 0) return wrong(builder, fatal);
    builder.unit(point);
    return true;
  }

  end(): boolean {
    return true;
  }
}
