import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import { promiseCall, promiseOf } from './promise.ts';
import { readableOf, type ReadableStream } from './readable.ts';
import { TransformState } from './transform.ts';
import { writableOf, type WritableStream } from './writable.ts';

const { charCodeAt, stringSlice, TypeError } = primordials;
const { bytesOf, decodePart, encodeUtf8, isBufferSource, settingsOf, TextDecoder } =
  core.use<EncodingGroup>('encoding');

/** Both halves of a transform, as objects for the guest. */
export class Halves {
  readonly readable: ReadableStream;
  readonly writable: WritableStream;

  constructor(state: TransformState) {
    this.readable = readableOf(state.readable);
    this.writable = writableOf(state.writable);
    state.started.resolve();
  }
}

export class TextEncoderStream {
  readonly #halves: Halves;
  /** The first half of a surrogate pair, until the next chunk brings the second. */
  #lead = '';

  constructor() {
    const state = new TransformState({
      transform: (chunk) =>
        promiseCall((value: unknown) => this.#encode(value, state), undefined, [chunk]),
      flush: () => {
        if (this.#lead !== '') state.enqueue(encodeUtf8(this.#lead));
        return promiseOf(undefined);
      },
    });
    this.#halves = new Halves(state);
  }

  #encode(chunk: unknown, state: TransformState): void {
    const text = `${chunk as string}`;
    if (text === '') return;
    const whole = this.#lead + text;
    const last = charCodeAt(whole, whole.length - 1);
    const isLead = last >= 0xd800 && last <= 0xdbff;
    const end = isLead ? whole.length - 1 : whole.length;
    this.#lead = stringSlice(whole, end);
    if (end > 0) state.enqueue(encodeUtf8(stringSlice(whole, 0, end)));
  }

  get encoding(): string {
    return #halves in this ? 'utf-8' : illegal();
  }
  get readable(): ReadableStream {
    return this.#halves.readable;
  }
  get writable(): WritableStream {
    return this.#halves.writable;
  }
}

export class TextDecoderStream {
  readonly #encoding: string;
  readonly #fatal: boolean;
  readonly #ignoreBOM: boolean;
  readonly #halves: Halves;

  constructor(label: unknown = undefined, options: unknown = undefined) {
    const decoder = new TextDecoder(label, options as object);
    const { encoding, fatal, ignoreBOM } = settingsOf(decoder);
    this.#encoding = encoding;
    this.#fatal = fatal;
    this.#ignoreBOM = ignoreBOM;
    const decode = (chunk: unknown, isLast: boolean) => {
      if (!isLast && !isBufferSource(chunk)) throw new TypeError('A chunk must be bytes');
      const text = decodePart(decoder, isLast ? undefined : bytesOf(chunk), isLast);
      if (text !== '') state.enqueue(text);
    };
    const state = new TransformState({
      transform: (chunk) => promiseCall(decode, undefined, [chunk, false]),
      flush: () => promiseCall(decode, undefined, [undefined, true]),
    });
    this.#halves = new Halves(state);
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
  get readable(): ReadableStream {
    return this.#halves.readable;
  }
  get writable(): WritableStream {
    return this.#halves.writable;
  }
}

function illegal(): never {
  throw new TypeError('Illegal invocation');
}

defineInterface(TextEncoderStream, 'TextEncoderStream');
defineInterface(TextDecoderStream, 'TextDecoderStream');
