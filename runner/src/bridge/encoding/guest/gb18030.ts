import { primordials } from '../../../guest/captured.ts';
import { isIn, wrong, type Decoder } from './decoder.ts';
import { tableOf } from './tables.ts';
import type { TextBuilder } from './utf8.ts';

const { typedLength } = primordials;

/** One, two or four bytes. It reads GBK as well, which is a part of it. */
export class Gb18030Decoder implements Decoder {
  readonly #table = tableOf('gb18030');
  #first = 0;
  #second = 0;
  #third = 0;

  push(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    if (this.#third !== 0) return this.#fourth(byte, builder, fatal);
    if (this.#second !== 0) {
      if (isIn(byte, 0x81, 0xfe)) this.#third = byte;
      else return this.#again([this.#second, byte], builder, fatal);
      return true;
    }
    if (this.#first !== 0) return this.#two(byte, builder, fatal);
    if (byte < 0x80) builder.unit(byte);
    else if (byte === 0x80) builder.unit(0x20ac);
    else if (byte === 0xff) return wrong(builder, fatal);
    else this.#first = byte;
    return true;
  }

  end(builder: TextBuilder, fatal: boolean): boolean {
    const isWhole = this.#first === 0;
    this.#clear();
    return isWhole || wrong(builder, fatal);
  }

  #two(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    if (isIn(byte, 0x30, 0x39)) {
      this.#second = byte;
      return true;
    }
    const isTrail = isIn(byte, 0x40, 0x7e) || isIn(byte, 0x80, 0xfe);
    const pointer = (this.#first - 0x81) * 190 + byte - (byte < 0x7f ? 0x40 : 0x41);
    const point = isTrail ? this.#table[pointer]! : 0;
    if (point === 0) return this.#again(byte < 0x80 ? [byte] : [], builder, fatal);
    this.#clear();
    builder.point(point);
    return true;
  }

  #fourth(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    if (!isIn(byte, 0x30, 0x39)) {
      return this.#again([this.#second, this.#third, byte], builder, fatal);
    }
    const high = (this.#first - 0x81) * 10 + this.#second - 0x30;
    const point = rangePoint((high * 126 + this.#third - 0x81) * 10 + byte - 0x30);
    this.#clear();
    if (point === 0) return wrong(builder, fatal);
    builder.point(point);
    return true;
  }

  /** What began is nothing; the bytes behind its first are read once more. */
  #again(bytes: readonly number[], builder: TextBuilder, fatal: boolean): boolean {
    this.#clear();
    if (!wrong(builder, fatal)) return false;
    for (let i = 0; i < bytes.length; i++) if (!this.push(bytes[i]!, builder, fatal)) return false;
    return true;
  }

  #clear(): void {
    this.#first = 0;
    this.#second = 0;
    this.#third = 0;
  }
}

const LAST_OF_RANGES = 39_419;
const FIRST_ASTRAL = 189_000;
const LAST_ASTRAL = 1_237_575;

function rangePoint(pointer: number): number {
  if (isIn(pointer, FIRST_ASTRAL, LAST_ASTRAL)) return 0x10000 + pointer - FIRST_ASTRAL;
  if (pointer > LAST_OF_RANGES) return 0;
  const ranges = tableOf('gb18030-ranges');
  let low = 0;
  let high = typedLength(ranges) / 2 - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ranges[middle * 2]! <= pointer) low = middle;
    else high = middle - 1;
  }
  return ranges[low * 2 + 1]! + pointer - ranges[low * 2]!;
}
