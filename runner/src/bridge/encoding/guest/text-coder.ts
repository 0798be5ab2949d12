import { primordials } from '../../../guest/captured.ts';
import { defineInterface, record } from '../../../guest/interface.ts';
import { Utf16Decoder, Windows1252Decoder, type Decoder } from './other-decoders.ts';
import { bytesOf } from './source.ts';
import { encodeUtf8, TextBuilder, Utf8Decoder, writeUtf8 } from './utf8.ts';

const { charCodeAt, hasOwn, RangeError, stringSlice, toLowerCase } = primordials;
const { typedLength, typedName, TypeError } = primordials;

const ENCODINGS: Record<string, () => Decoder> = record({
  'utf-8': () => new Utf8Decoder(),
  'utf-16le': () => new Utf16Decoder(false),
  'utf-16be': () => new Utf16Decoder(true),
  'windows-1252': () => new Windows1252Decoder(),
});

const LABELS: Record<string, readonly string[]> = record({
  'utf-8': [
    'unicode-1-1-utf-8',
    'unicode11utf8',
    'unicode20utf8',
    'utf-8',
    'utf8',
    'x-unicode20utf8',
  ],
  'utf-16be': ['unicodefffe', 'utf-16be'],
  'utf-16le': [
    'csunicode',
    'iso-10646-ucs-2',
    'ucs-2',
    'unicode',
    'unicodefeff',
    'utf-16',
    'utf-16le',
  ],
  'windows-1252': [
    'ansi_x3.4-1968',
    'ascii',
    'cp1252',
    'cp819',
    'csisolatin1',
    'ibm819',
    'iso-8859-1',
    'iso-ir-100',
    'iso8859-1',
    'iso88591',
    'iso_8859-1',
    'iso_8859-1:1987',
    'l1',
    'latin1',
    'us-ascii',
    'windows-1252',
    'x-cp1252',
  ],
});

const NAMES = ((): Record<string, string> => {
  const names = record<Record<string, string>>({});
  const encodings = primordials.objectKeys(LABELS);
  for (let i = 0; i < encodings.length; i++) {
    const labels = LABELS[encodings[i]!]!;
    for (let j = 0; j < labels.length; j++) names[labels[j]!] = encodings[i]!;
  }
  return names;
})();

/** Without the white space that the Encoding Standard takes off a label. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(charCodeAt(text, start))) start++;
  while (end > start && isSpace(charCodeAt(text, end - 1))) end--;
  return stringSlice(text, start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0c || code === 0x0d;
}

const BYTE_ORDER_MARK = 0xfeff;

/** A part of a text, past what a guest may have put in the place of `decode`. */
export let decodePart: (decoder: TextDecoder, input: unknown, isLast: boolean) => string;

export let settingsOf: (decoder: TextDecoder) => {
  encoding: string;
  fatal: boolean;
  ignoreBOM: boolean;
};

export class TextDecoder {
  static {
    settingsOf = (decoder) => ({
      encoding: decoder.#encoding,
      fatal: decoder.#fatal,
      ignoreBOM: decoder.#ignoreBOM,
    });
    decodePart = (decoder, input, isLast) => decoder.#decode(input, !isLast);
  }

  readonly #encoding: string;
  readonly #fatal: boolean;
  readonly #ignoreBOM: boolean;
  #decoder: Decoder;
  #isStarted = false;
  #isStreaming = false;

  constructor(label: unknown = 'utf-8', options: { fatal?: unknown; ignoreBOM?: unknown } = {}) {
    const name = toLowerCase(trimmed(`${label as string}`));
    if (!hasOwn(NAMES, name))
      throw new RangeError(`The encoding '${stringSlice(name, 0, 64)}' is not known`);
    this.#encoding = NAMES[name]!;
    this.#fatal = !!options?.fatal;
    this.#ignoreBOM = !!options?.ignoreBOM;
    this.#decoder = ENCODINGS[this.#encoding]!();
  }

  get encoding(): string {
    return this.#encoding;
  }
  get fatal(): boolean {
    return this.#fatal;
  }
  get ignoreBOM(): boolean {
    return this.#ignoreBOM;
  }

  decode(input: unknown = undefined, options: { stream?: unknown } = {}): string {
    return this.#decode(input, !!options?.stream);
  }

  #decode(input: unknown, isStreaming: boolean): string {
    if (!this.#isStreaming) this.#restart();
    this.#isStreaming = isStreaming;
    const builder = new TextBuilder();
    let isWell = input === undefined || this.#feed(bytesOf(input), builder);
    if (isWell && !isStreaming) isWell = this.#decoder.end(builder, this.#fatal);
    if (isWell) return this.#withoutMark(builder.take());
    this.#isStreaming = false;
    throw new TypeError(`The data is not valid ${this.#encoding}`);
  }

  #feed(bytes: Uint8Array, builder: TextBuilder): boolean {
    const length = typedLength(bytes);
    for (let i = 0; i < length; i++) {
      if (!this.#decoder.push(bytes[i]!, builder, this.#fatal)) return false;
    }
    return true;
  }

  #restart(): void {
    this.#decoder = ENCODINGS[this.#encoding]!();
    this.#isStarted = false;
  }

  #withoutMark(text: string): string {
    if (text === '' || this.#isStarted) return text;
    this.#isStarted = true;
    const hasMark = charCodeAt(text, 0) === BYTE_ORDER_MARK && this.#encoding !== 'windows-1252';
    return hasMark && !this.#ignoreBOM ? stringSlice(text, 1) : text;
  }
}

export class TextEncoder {
  get encoding(): string {
    return 'utf-8';
  }

  encode(input: unknown = ''): Uint8Array {
    return encodeUtf8(`${input as string}`);
  }

  encodeInto(source: unknown, target: unknown): { read: number; written: number } {
    if (typedName(target) !== 'Uint8Array') throw new TypeError('The target must be a Uint8Array');
    const text = `${source as string}`;
    return writeUtf8(text, target as Uint8Array, 0, typedLength(target));
  }
}

defineInterface(TextDecoder, 'TextDecoder');
defineInterface(TextEncoder, 'TextEncoder');
