import { core, primordials } from '../../../guest/captured.ts';
import { defineConstants, defineInterface, record } from '../../../guest/interface.ts';
import type { EncodingGroup } from '../../encoding/guest.ts';
import type { FilesGroup } from '../../files/guest.ts';
import { host } from './host.ts';

const { isInteger, jsonStringify, RangeError, toWellFormed, typedLength, TypeError } = primordials;

const CONNECTING = 0;
export const OPEN = 1;
export const CLOSING = 2;
export const CLOSED = 3;

const MiB = 1024 * 1024;
const MAX_MESSAGE_BYTES = 4 * MiB;
/** What may wait for one client, and for all of them: a loop that sends never lets the host take it. */
const MAX_WAITING_BYTES = 16 * MiB;
const MAX_WAITING_TOTAL = 64 * MiB;
/** What a message costs beside its bytes. */
const OVERHEAD_BYTES = 256;
const NORMAL = 1000;
const NO_CODE = 1005;
const MAX_REASON_BYTES = 123;

let waitingTotal = 0;

/** Moves a connection to another state; what waits for one that is closed is nobody's any more. */
export let turn: (socket: ServerWebSocket, state: number) => void;
/** The host has passed on so much of what was sent. */
export let release: (socket: ServerWebSocket, size: number) => void;

/** The guest's end of a connection that a client of its server has opened. */
export class ServerWebSocket {
  readonly #id: number;
  #data: unknown;
  #state = CONNECTING;
  #waiting = 0;

  static {
    turn = (socket, state) => {
      socket.#state = state;
      if (state === CLOSED) socket.#release(socket.#waiting);
    };
    release = (socket, size) => socket.#release(size);
  }

  constructor(id: number, data: unknown) {
    this.#id = id;
    this.#data = data;
  }

  /** What `upgrade` was given. */
  get data(): unknown {
    return this.#data;
  }
  set data(value: unknown) {
    this.#data = value;
  }
  get readyState(): number {
    return this.#state;
  }
  /** Bytes that wait for the client, with 256 for each message. */
  get bufferedAmount(): number {
    return this.#waiting;
  }

  /** What is sent while the connection is not open goes nowhere, as in browsers. */
  send(message: unknown): void {
    if (arguments.length === 0) throw new TypeError('send needs a message');
    const bytes = bytesOf(message);
    const text = bytes ? undefined : toWellFormed(`${message as string}`);
    const size = (bytes ? typedLength(bytes) : encoding().utf8Size(text!)) + OVERHEAD_BYTES;
    if (size - OVERHEAD_BYTES > MAX_MESSAGE_BYTES) {
      throw new RangeError(`A message has at most ${MAX_MESSAGE_BYTES / MiB} MiB`);
    }
    if (this.#state !== OPEN) return;
    const isFull =
      this.#waiting + size > MAX_WAITING_BYTES || waitingTotal + size > MAX_WAITING_TOTAL;
    if (isFull) throw new RangeError('Too much is waiting for the client');
    this.#waiting += size;
    waitingTotal += size;
    const buffer = bytes && encoding().ownBuffer(bytes, 0, typedLength(bytes));
    host.tell(bytes ? 'binary' : 'text', this.#id, text, buffer);
  }

  close(code: unknown = undefined, reason: unknown = undefined): void {
    const closing = closingOf(code, reason);
    if (this.#state !== OPEN) return;
    this.#state = CLOSING;
    host.tell('close', this.#id, closing, undefined);
  }

  #release(size: number): void {
    this.#waiting -= size;
    waitingTotal -= size;
  }
}

defineInterface(ServerWebSocket, 'ServerWebSocket');
defineConstants(ServerWebSocket, record({ CONNECTING, OPEN, CLOSING, CLOSED }));

function encoding(): EncodingGroup {
  return core.use<EncodingGroup>('encoding');
}

function bytesOf(message: unknown): Uint8Array | undefined {
  const { bytesOf: viewOf, isBufferSource } = encoding();
  if (isBufferSource(message)) return viewOf(message);
  return core.loaded<FilesGroup>('files')?.bytesOfBlob(message);
}

/** By the rules of browsers: 1000, or one of an application's own. */
function closingOf(code: unknown, reason: unknown): string {
  const text = reason === undefined ? '' : toWellFormed(`${reason as string}`);
  if (encoding().utf8Size(text) > MAX_REASON_BYTES) {
    throw new RangeError(`The reason has more than ${MAX_REASON_BYTES} bytes`);
  }
  return jsonStringify(record({ code: codeOf(code, text), reason: text }));
}

function codeOf(code: unknown, reason: string): number {
  if (code === undefined) return reason === '' ? NO_CODE : NORMAL;
  const number = +(code as number);
  if (isInteger(number) && isAllowed(number)) return number;
  throw new RangeError('The code must be 1000 to 1014, or between 3000 and 4999');
}

/** A server says more than a page may; 1004 to 1006 are never sent. */
function isAllowed(code: number): boolean {
  if (code >= 1000 && code <= 1014) return code < 1004 || code > 1006;
  return code >= 3000 && code <= 4999;
}
