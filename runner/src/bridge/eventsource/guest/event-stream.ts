import { core, primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';

const { charCodeAt, stringIndexOf, stringSlice, typedLength, typedSet, Uint8Array } = primordials;
const { decodeUtf8 } = core.use<EncodingGroup>('encoding');

const LF = 10;
const CR = 13;
const SPACE = 32;
const BYTE_ORDER_MARK = 0xfeff;

/** One event as the stream tells it. */
export interface StreamEvent {
  type: string;
  data: string;
  lastEventId: string;
  /** An empty line without data is no event, but its id counts. */
  hasData: boolean;
}

/** Reads an event stream line by line: a line's bytes are text by themselves, since UTF-8 keeps newlines whole. */
export class EventStream {
  readonly #onEvent: (event: StreamEvent) => void;
  readonly #onRetry: (ms: number) => void;
  #lastEventId: string;
  #rest = list<Uint8Array>();
  #restSize = 0;
  #isFirstLine = true;
  #endedWithCr = false;
  #type = '';
  #data = '';
  #hasData = false;

  constructor(
    lastEventId: string,
    onEvent: (event: StreamEvent) => void,
    onRetry: (ms: number) => void,
  ) {
    this.#lastEventId = lastEventId;
    this.#onEvent = onEvent;
    this.#onRetry = onRetry;
  }

  push(bytes: Uint8Array): void {
    const size = typedLength(bytes);
    let start = 0;
    for (let i = 0; i < size; i++) {
      const byte = bytes[i]!;
      const isSecondHalf = byte === LF && this.#endedWithCr;
      this.#endedWithCr = byte === CR;
      if (byte !== LF && byte !== CR) continue;
      if (!isSecondHalf) this.#line(this.#text(bytes, start, i));
      start = i + 1;
    }
    if (start === size) return;
    const piece = new Uint8Array(size - start);
    for (let i = start; i < size; i++) piece[i - start] = bytes[i]!;
    this.#rest[this.#rest.length] = piece;
    this.#restSize += size - start;
  }

  /** A line's text, together with what came of it in earlier pieces. */
  #text(bytes: Uint8Array, start: number, end: number): string {
    let text: string;
    if (this.#restSize === 0) {
      text = decodeUtf8(bytes, end, start);
    } else {
      const whole = new Uint8Array(this.#restSize + end - start);
      let at = 0;
      for (let i = 0; i < this.#rest.length; at += typedLength(this.#rest[i++])) {
        typedSet(whole, this.#rest[i]!, at);
      }
      for (let i = start; i < end; i++) whole[at++] = bytes[i]!;
      this.#rest = list<Uint8Array>();
      this.#restSize = 0;
      text = decodeUtf8(whole);
    }
    const isMarked = this.#isFirstLine && charCodeAt(text, 0) === BYTE_ORDER_MARK;
    this.#isFirstLine = false;
    return isMarked ? stringSlice(text, 1) : text;
  }

  #line(line: string): void {
    if (line === '') return this.#dispatch();
    const colon = stringIndexOf(line, ':');
    if (colon === 0) return;
    if (colon === -1) return this.#field(line, '');
    const from = charCodeAt(line, colon + 1) === SPACE ? colon + 2 : colon + 1;
    this.#field(stringSlice(line, 0, colon), stringSlice(line, from));
  }

  #field(name: string, value: string): void {
    if (name === 'data') {
      this.#data += this.#hasData ? `\n${value}` : value;
      this.#hasData = true;
    } else if (name === 'event') {
      this.#type = value;
    } else if (name === 'id') {
      if (stringIndexOf(value, '\0') === -1) this.#lastEventId = value;
    } else if (name === 'retry' && isDigits(value)) {
      this.#onRetry(+value);
    }
  }

  #dispatch(): void {
    const event = record<StreamEvent>({
      type: this.#type === '' ? 'message' : this.#type,
      data: this.#data,
      lastEventId: this.#lastEventId,
      hasData: this.#hasData,
    });
    this.#type = '';
    this.#data = '';
    this.#hasData = false;
    this.#onEvent(event);
  }
}

function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return text !== '';
}
