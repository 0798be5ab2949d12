import { isIn, wrong, type Decoder } from './decoder.ts';
import { tableOf } from './tables.ts';
import type { TextBuilder } from './utf8.ts';

type Set = 'ascii' | 'roman' | 'katakana' | 'double';
type State = Set | 'trail' | 'escape-start' | 'escape';

const ESCAPE = 0x1b;

/** Character sets that escape sequences switch between. */
export class Iso2022JpDecoder implements Decoder {
  readonly #table = tableOf('jis0208');
  #state: State = 'ascii';
  #set: Set = 'ascii';
  #lead = 0;
  /** Whether nothing came since the last escape sequence: two in a row are one too many. */
  #isFresh = false;

  push(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    switch (this.#state) {
      case 'escape-start':
        return this.#escapeStart(byte, builder, fatal);
      case 'escape':
        return this.#escape(byte, builder, fatal);
      case 'trail':
        return this.#trail(byte, builder, fatal);
      default:
        return this.#character(byte, builder, fatal);
    }
  }

  end(builder: TextBuilder, fatal: boolean): boolean {
    const state = this.#state;
    const lead = this.#lead;
    if (state === 'trail') this.#state = 'double';
    if (state !== 'escape-start' && state !== 'escape')
      return state !== 'trail' || wrong(builder, fatal);
    this.#leaveEscape();
    if (!wrong(builder, fatal)) return false;
    return (
      state === 'escape-start' || (this.push(lead, builder, fatal) && this.end(builder, fatal))
    );
  }

  #character(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    if (byte === ESCAPE) {
      this.#state = 'escape-start';
      return true;
    }
    this.#isFresh = false;
    if (this.#set === 'double' && isIn(byte, 0x21, 0x7e)) {
      this.#lead = byte;
      this.#state = 'trail';
      return true;
    }
    const point = this.#set === 'double' ? -1 : pointOf(this.#set, byte);
    if (point === -1) return wrong(builder, fatal);
    builder.unit(point);
    return true;
  }

  #trail(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    this.#state = byte === ESCAPE ? 'escape-start' : 'double';
    const isTrail = isIn(byte, 0x21, 0x7e);
    const point = isTrail ? this.#table[(this.#lead - 0x21) * 94 + byte - 0x21]! : 0;
    if (point === 0) return wrong(builder, fatal);
    builder.point(point);
    return true;
  }

  #escapeStart(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    if (byte === 0x24 || byte === 0x28) {
      this.#lead = byte;
      this.#state = 'escape';
      return true;
    }
    this.#leaveEscape();
    return wrong(builder, fatal) && this.push(byte, builder, fatal);
  }

  #escape(byte: number, builder: TextBuilder, fatal: boolean): boolean {
    const lead = this.#lead;
    const set = setOf(lead, byte);
    if (set === undefined) {
      this.#leaveEscape();
      const goesOn = wrong(builder, fatal) && this.push(lead, builder, fatal);
      return goesOn && this.push(byte, builder, fatal);
    }
    const wasFresh = this.#isFresh;
    this.#set = set;
    this.#state = set;
    this.#isFresh = true;
    return !wasFresh || wrong(builder, fatal);
  }

  #leaveEscape(): void {
    this.#isFresh = false;
    this.#state = this.#set;
  }
}

function setOf(lead: number, byte: number): Set | undefined {
  if (lead === 0x24) return byte === 0x40 || byte === 0x42 ? 'double' : undefined;
  if (byte === 0x42) return 'ascii';
  if (byte === 0x4a) return 'roman';
  return byte === 0x49 ? 'katakana' : undefined;
}

/** What one byte stands for, or -1. */
function pointOf(set: Set, byte: number): number {
  if (set === 'katakana') return isIn(byte, 0x21, 0x5f) ? 0xff61 - 0x21 + byte : -1;
  if (byte > 0x7f || byte === 0x0e || byte === 0x0f) return -1;
  if (set === 'roman' && byte === 0x5c) return 0xa5;
  return set === 'roman' && byte === 0x7e ? 0x203e : byte;
}
