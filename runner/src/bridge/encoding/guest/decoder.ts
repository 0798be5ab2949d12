import type { TextBuilder } from './utf8.ts';

/** What a decoder is: fed byte by byte, and told of the end. Answers whether all was well. */
export interface Decoder {
  push(byte: number, builder: TextBuilder, fatal: boolean): boolean;
  end(builder: TextBuilder, fatal: boolean): boolean;
}

const REPLACEMENT = 0xfffd;

/** What is no character: U+FFFD, or an end to it all. */
export function wrong(builder: TextBuilder, fatal: boolean): boolean {
  if (!fatal) builder.unit(REPLACEMENT);
  return !fatal;
}

export function isIn(byte: number, first: number, last: number): boolean {
  return byte >= first && byte <= last;
}
