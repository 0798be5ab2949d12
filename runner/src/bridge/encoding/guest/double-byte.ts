import { isIn, wrong, type Decoder } from './decoder.ts';
import { tableOf } from './tables.ts';
import type { TextBuilder } from './utf8.ts';

/** What one lead byte and another stand for: a code point, or 0. */
type Lookup = (lead: number, byte: number, builder: TextBuilder) => number;

/**
 * One byte, or a lead byte and another. A byte that a lead byte does not go with is read once more,
 * as one that stands alone, if it is ASCII.
 */
abstract class DoubleByteDecoder implements Decoder {
  #lead = 0;

  abstract isLead(byte: number): boolean;
  abstract readonly lookup: Lookup;
  /** What a byte beyond ASCII stands for alone, or 0. */
  alone(_byte: number): number {
    return 0;
  }

  push(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    const lead = this.#lead;
    if (lead === 0) return this.#first(byte, builder, fatal);
    this.#lead = 0;
    const point = this.lookup(lead, byte, builder);
    if (point > 0) {
      builder.point(point);
      return true;
    }
    if (point < 0) return true;
    return wrong(builder, fatal) && (byte >= 0x80 || this.#first(byte, builder, fatal));
  }

  end(builder: TextBuilder, fatal: boolean): boolean {
    const isWhole = this.#lead === 0;
    this.#lead = 0;
    return isWhole || wrong(builder, fatal);
  }

  #first(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    const point = byte < 0x80 ? byte : this.alone(byte);
    if (byte < 0x80 || point > 0) {
      builder.unit(point);
      return true;
    }
    if (!this.isLead(byte)) return wrong(builder, fatal);
    this.#lead = byte;
    return true;
  }
}

/** Said by a lookup that wrote its code points itself. */
const WRITTEN = -1;

/** Four pointers stand for two code points each: a letter and its accent. */
function big5Accent(pointer: number): [number, number] | undefined {
  if (pointer === 1133) return [0xca, 0x304];
  if (pointer === 1135) return [0xca, 0x30c];
  if (pointer === 1164) return [0xea, 0x304];
  if (pointer === 1166) return [0xea, 0x30c];
  return undefined;
}

export class Big5Decoder extends DoubleByteDecoder {
  readonly #table = tableOf('big5');

  isLead(byte: number): boolean {
    return isIn(byte, 0x81, 0xfe);
  }
  readonly lookup: Lookup = (lead, byte, builder) => {
    if (!isIn(byte, 0x40, 0x7e) && !isIn(byte, 0xa1, 0xfe)) return 0;
    const pointer = (lead - 0x81) * 157 + byte - (byte < 0x7f ? 0x40 : 0x62);
    const accent = big5Accent(pointer);
    if (!accent) return this.#table[pointer] ?? 0;
    builder.unit(accent[0]);
    builder.unit(accent[1]);
    return WRITTEN;
  };
}

export class EucKrDecoder extends DoubleByteDecoder {
  readonly #table = tableOf('euc-kr');

  isLead(byte: number): boolean {
    return isIn(byte, 0x81, 0xfe);
  }
  readonly lookup: Lookup = (lead, byte) =>
    isIn(byte, 0x41, 0xfe) ? (this.#table[(lead - 0x81) * 190 + byte - 0x41] ?? 0) : 0;
}

export class ShiftJisDecoder extends DoubleByteDecoder {
  readonly #table = tableOf('jis0208');

  isLead(byte: number): boolean {
    return isIn(byte, 0x81, 0x9f) || isIn(byte, 0xe0, 0xfc);
  }
  override alone(byte: number): number {
    if (byte === 0x80) return byte;
    return isIn(byte, 0xa1, 0xdf) ? 0xff61 - 0xa1 + byte : 0;
  }
  readonly lookup: Lookup = (lead, byte) => {
    if (!isIn(byte, 0x40, 0x7e) && !isIn(byte, 0x80, 0xfc)) return 0;
    const row = lead - (lead < 0xa0 ? 0x81 : 0xc1);
    const pointer = row * 188 + byte - (byte < 0x7f ? 0x40 : 0x41);
    // The private use of old: no table says what these are.
    if (isIn(pointer, 8836, 10_715)) return 0xe000 - 8836 + pointer;
    return this.#table[pointer] ?? 0;
  };
}

export class EucJpDecoder implements Decoder {
  readonly #table = tableOf('jis0208');
  readonly #more = tableOf('jis0212');
  #lead = 0;
  #isMore = false;

  push(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    const lead = this.#lead;
    if (lead === 0) return this.#first(byte, builder, fatal);
    if (lead === 0x8f && isIn(byte, 0xa1, 0xfe) && !this.#isMore) {
      this.#isMore = true;
      this.#lead = byte;
      return true;
    }
    const point = this.#pointOf(lead, byte);
    this.#lead = 0;
    this.#isMore = false;
    if (point === 0) {
      return wrong(builder, fatal) && (byte >= 0x80 || this.#first(byte, builder, fatal));
    }
    builder.point(point);
    return true;
  }

  end(builder: TextBuilder, fatal: boolean): boolean {
    const isWhole = this.#lead === 0;
    this.#lead = 0;
    this.#isMore = false;
    return isWhole || wrong(builder, fatal);
  }

  #pointOf(lead: number, byte: number): number {
    if (lead === 0x8e && isIn(byte, 0xa1, 0xdf)) return 0xff61 - 0xa1 + byte;
    if (!isIn(lead, 0xa1, 0xfe) || !isIn(byte, 0xa1, 0xfe)) return 0;
    const table = this.#isMore ? this.#more : this.#table;
    return table[(lead - 0xa1) * 94 + byte - 0xa1] ?? 0;
  }

  #first(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    if (byte < 0x80) {
      builder.unit(byte);
      return true;
    }
    const isLead = byte === 0x8e || byte === 0x8f || isIn(byte, 0xa1, 0xfe);
    if (!isLead) return wrong(builder, fatal);
    this.#lead = byte;
    return true;
  }
}
