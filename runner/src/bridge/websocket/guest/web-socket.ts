import { core, primordials } from '../../../guest/captured.ts';
import { defineConstants, defineInterface, record } from '../../../guest/interface.ts';
import type { ChannelsGroup } from '../../channels/guest.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import type { EventsGroup } from '../../events/guest.ts';
import type { FilesGroup } from '../../files/guest.ts';
import { domException, readAddress, readProtocols } from './address.ts';
import { CloseEvent } from './close-event.ts';
import { Connection, type Closing, type MessageKind } from './connection.ts';

const { defineProperty, toWellFormed, typedBuffer, typedLength, TypeError, Uint8Array } =
  primordials;
const { defineHandlers, Event, EventTarget, fire } = core.use<EventsGroup>('events');
const { bytesOf, decodeUtf8, encodeUtf8, isBufferSource, ownBuffer, utf8Size } =
  core.use<EncodingGroup>('encoding');

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

const NORMAL = 1000;
/** What a connection that broke off is said to have ended with. */
const ABNORMAL = 1006;
const MAX_REASON_BYTES = 123;

export class WebSocket extends EventTarget {
  readonly #url: string;
  readonly #origin: string;
  readonly #connection: Connection;
  #state = CONNECTING;
  #protocol = '';
  /** None is ever asked for: of what comes packed nobody knows the size. */
  readonly #extensions = '';
  #binaryType: 'blob' | 'arraybuffer' = 'blob';
  #bufferedAmount = 0;

  constructor(url: unknown, protocols: unknown = undefined) {
    if (arguments.length === 0) throw new TypeError('A WebSocket needs a URL');
    super();
    const { href, origin } = readAddress(url);
    const names = readProtocols(protocols);
    this.#url = href;
    this.#origin = origin;
    this.#connection = new Connection(
      record({
        onOpen: (protocol: string) => this.#opened(protocol),
        onMessage: (kind: MessageKind, bytes: Uint8Array<ArrayBuffer>) => this.#tell(kind, bytes),
        onClose: (closing: Closing) => this.#ended(closing),
        onFailure: (error: unknown) => this.#failed(error),
      }),
    );
    this.#connection.open(href, names);
  }

  get url(): string {
    return this.#url;
  }
  get readyState(): number {
    return this.#state;
  }
  get bufferedAmount(): number {
    return this.#bufferedAmount;
  }
  get extensions(): string {
    return this.#extensions;
  }
  get protocol(): string {
    return this.#protocol;
  }
  get binaryType(): string {
    return this.#binaryType;
  }
  set binaryType(value: unknown) {
    const name = `${value as string}`;
    if (name === 'blob' || name === 'arraybuffer') this.#binaryType = name;
  }

  send(data: unknown): void {
    const state = this.#state;
    if (arguments.length === 0) throw new TypeError('send needs a message');
    const { kind, bytes } = messageOf(data);
    if (state === CONNECTING) {
      throw domException('The WebSocket is not open yet', 'InvalidStateError');
    }
    const size = typedLength(bytes);
    this.#bufferedAmount += size;
    if (this.#state !== OPEN) return;
    this.#connection.send(kind, bytes, () => {
      this.#bufferedAmount -= size;
    });
  }

  close(code: unknown = undefined, reason: unknown = undefined): void {
    const closing = closingOf(code, reason);
    const state = this.#state;
    if (state === CLOSING || state === CLOSED) return;
    this.#state = CLOSING;
    if (state === CONNECTING) this.#connection.abort();
    else this.#connection.close(closing);
  }

  #opened(protocol: string): void {
    if (this.#state !== CONNECTING) return;
    this.#state = OPEN;
    this.#protocol = protocol;
    fire(this, new Event('open'));
  }

  #tell(kind: MessageKind, bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#state !== OPEN) return;
    const { MessageEvent } = core.use<ChannelsGroup & Classes>('channels');
    const data = kind === 'text' ? decodeUtf8(bytes) : this.#dataOf(bytes);
    fire(this, new MessageEvent('message', record({ data, origin: this.#origin })));
  }

  #dataOf(bytes: Uint8Array<ArrayBuffer>): unknown {
    if (this.#binaryType === 'arraybuffer') return typedBuffer(bytes);
    return core.use<FilesGroup>('files').blobOfBytes(bytes, '');
  }

  #ended({ code, reason }: Closing): void {
    this.#state = CLOSED;
    const wasClean = code !== ABNORMAL;
    if (!wasClean) fire(this, new Event('error'));
    fire(this, new CloseEvent('close', record({ wasClean, code, reason })));
  }

  /** The standard tells nothing of why; whoever debugs a script finds it on the event. */
  #failed(error: unknown): void {
    this.#state = CLOSED;
    const event = new Event('error');
    const message = (error as { message?: unknown } | null)?.message;
    defineProperty(event, 'message', record({ value: `${message as string}`, writable: true }));
    fire(this, event);
    fire(this, new CloseEvent('close', record({ wasClean: false, code: ABNORMAL, reason: '' })));
  }
}

defineHandlers(WebSocket, ['open', 'error', 'close', 'message']);
defineInterface(WebSocket, 'WebSocket');
defineConstants(WebSocket, record({ CONNECTING, OPEN, CLOSING, CLOSED }));

interface Classes {
  MessageEvent: new (type: string, init: object) => InstanceType<typeof Event>;
}

/** A copy: the guest may write to its buffer while the message waits. */
function messageOf(data: unknown): { kind: MessageKind; bytes: Uint8Array<ArrayBuffer> } {
  if (isBufferSource(data)) {
    const view = bytesOf(data);
    const bytes = new Uint8Array(ownBuffer(view, 0, typedLength(view)));
    return record({ kind: 'binary', bytes });
  }
  // A blob's bytes never change.
  const blob = core.loaded<FilesGroup>('files')?.bytesOfBlob(data);
  if (blob) return record({ kind: 'binary', bytes: blob as Uint8Array<ArrayBuffer> });
  return record({ kind: 'text', bytes: encodeUtf8(toWellFormed(`${data as string}`)) });
}

function closingOf(code: unknown, reason: unknown): Partial<Closing> {
  const number = code === undefined ? undefined : clampedShort(code);
  const text = reason === undefined ? '' : toWellFormed(`${reason as string}`);
  if (number !== undefined && number !== NORMAL && (number < 3000 || number > 4999)) {
    throw domException('The code must be 1000 or between 3000 and 4999', 'InvalidAccessError');
  }
  if (utf8Size(text) > MAX_REASON_BYTES) {
    throw domException(`The reason has more than ${MAX_REASON_BYTES} bytes`, 'SyntaxError');
  }
  if (number !== undefined) return record({ code: number, reason: text });
  // The protocol has no reason without a code.
  return text === '' ? record({}) : record({ code: NORMAL, reason: text });
}

/** Web IDL's `[Clamp] unsigned short`. */
function clampedShort(value: unknown): number {
  const number = +(value as number);
  if (!(number > 0)) return 0;
  return number < 65_535 ? roundedToEven(number) : 65_535;
}

function roundedToEven(number: number): number {
  const low = primordials.floor(number);
  const rest = number - low;
  if (rest === 0.5) return low % 2 === 0 ? low : low + 1;
  return rest < 0.5 ? low : low + 1;
}
