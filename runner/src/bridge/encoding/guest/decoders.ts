import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import type { Decoder } from './decoder.ts';
import { Big5Decoder, EucJpDecoder, EucKrDecoder, ShiftJisDecoder } from './double-byte.ts';
import { Gb18030Decoder } from './gb18030.ts';
import { Iso2022JpDecoder } from './iso-2022-jp.ts';
import { Utf16Decoder, Windows1252Decoder } from './other-decoders.ts';
import { SingleByteDecoder } from './single-byte.ts';
import { Utf8Decoder } from './utf8.ts';

const { hasOwn } = primordials;

const DECODERS: Record<string, () => Decoder> = record({
  'utf-8': () => new Utf8Decoder(),
  'utf-16le': () => new Utf16Decoder(false),
  'utf-16be': () => new Utf16Decoder(true),
  'windows-1252': () => new Windows1252Decoder(),
  big5: () => new Big5Decoder(),
  'euc-jp': () => new EucJpDecoder(),
  'euc-kr': () => new EucKrDecoder(),
  gb18030: () => new Gb18030Decoder(),
  gbk: () => new Gb18030Decoder(),
  'iso-2022-jp': () => new Iso2022JpDecoder(),
  shift_jis: () => new ShiftJisDecoder(),
});

/** A fresh decoder of an encoding, by its name. Those that are not listed have a byte for each character. */
export function decoderOf(encoding: string): Decoder {
  return hasOwn(DECODERS, encoding) ? DECODERS[encoding]!() : new SingleByteDecoder(encoding);
}
