import { primordials } from '../../../guest/captured.ts';
import { defineInterface } from '../../../guest/interface.ts';
import type { Decoder } from './decoder.ts';
import { decoderOf } from './decoders.ts';
import { encodingOf } from './labels.ts';
import { bytesOf } from './source.ts';
import { encodeUtf8, TextBuilder, writeUtf8 } from './utf8.ts';

const { charCodeAt, stringSlice, typedLength, typedName, TypeError } = primordials;

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
    this.#encoding = encodingOf(`${label as string}`);
    this.#fatal = !!options?.fatal;
    this.#ignoreBOM = !!options?.ignoreBOM;
    this.#decoder = decoderOf(this.#encoding);
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
    this.#decoder = decoderOf(this.#encoding);
    this.#isStarted = false;
  }

  #withoutMark(text: string): string {
    if (text === '' || this.#isStarted) return text;
    this.#isStarted = true;
    const hasMark =
      charCodeAt(text, 0) === BYTE_ORDER_MARK && stringSlice(this.#encoding, 0, 4) === 'utf-';
    return hasMark && !this.#ignoreBOM ? stringSlice(text, 1) : text;
  }
}

export class TextEncoder {
  /** No state; that an object has it says that it is a TextEncoder. */
  readonly #encoding = 'utf-8';

  get encoding(): string {
    return this.#encoding;
  }

  encode(input: unknown = ''): Uint8Array {
    void this.#encoding;
    return encodeUtf8(`${input as string}`);
  }

  encodeInto(source: unknown, target: unknown): { read: number; written: number } {
    void this.#encoding;
    if (typedName(target) !== 'Uint8Array') throw new TypeError('The target must be a Uint8Array');
    const text = `${source as string}`;
    return writeUtf8(text, target as Uint8Array, 0, typedLength(target));
  }
}

defineInterface(TextDecoder, 'TextDecoder');
defineInterface(TextEncoder, 'TextEncoder');
