import { primordials } from '../../../guest/captured.ts';
import { list } from '../../../guest/interface.ts';
import type { Decoder } from './decoder.ts';
import type { TextBuilder } from './utf8.ts';

const REPLACEMENT = 0xfffd;

export class Utf16Decoder implements Decoder {
  readonly #bigEndian: boolean;
  #byte = -1;
  #high = 0;

  constructor(bigEndian: boolean) {
    this.#bigEndian = bigEndian;
  }

  push(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    if (this.#byte === -1) {
      this.#byte = byte;
      return true;
    }
    const unit = this.#bigEndian ? (this.#byte << 8) | byte : (byte << 8) | this.#byte;
    this.#byte = -1;
    return this.#unit(unit, builder, fatal);
  }

  end(builder: TextBuilder, fatal: boolean): boolean {
    const isWhole = this.#byte === -1 && this.#high === 0;
    this.#byte = -1;
    this.#high = 0;
    if (!isWhole && !fatal) builder.unit(REPLACEMENT);
    return isWhole || !fatal;
  }

  #unit(unit: number, builder: TextBuilder, fatal: boolean): boolean {
    const high = this.#high;
    this.#high = 0;
    if (high !== 0 && isLow(unit)) {
      builder.unit(high);
      builder.unit(unit);
      return true;
    }
    if ((high !== 0 || isLow(unit)) && fatal) return false;
    if (high !== 0) builder.unit(REPLACEMENT);
    if (isLow(unit)) builder.unit(REPLACEMENT);
    else if (isHigh(unit)) this.#high = unit;
    else builder.unit(unit);
    return true;
  }
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Windows-1252 for 0x80 to 0x9f; every other byte is its own code point. */
const UPPER =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

export class Windows1252Decoder implements Decoder {
  push(byte: number, builder: TextBuilder): boolean {
    builder.unit(byte >= 0x80 && byte < 0xa0 ? UPPER_UNITS[byte - 0x80]! : byte);
    return true;
  }

  end(): boolean {
    return true;
  }
}

const UPPER_UNITS = ((): number[] => {
  const units = list<number>();
  for (let i = 0; i < UPPER.length; i++) units[i] = primordials.charCodeAt(UPPER, i);
  return units;
})();
