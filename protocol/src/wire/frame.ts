import { CofferdamError } from '../error/cofferdam-error.ts';
import { Pieces } from './pieces.ts';

/**
 * A frame: payload length (u32), type (u8, the high bit set when the frame is about a call that its
 * receiver started), call id (u32), payload. Big endian.
 */
export interface Frame {
  type: FrameType;
  /** The call was started by the frame's receiver. */
  toCaller: boolean;
  callId: number;
  payload: Buffer;
}

export const FRAME_TYPES = {
  hello: 1,
  call: 2,
  reply: 3,
  error: 4,
  event: 5,
  data: 6,
  end: 7,
  cancel: 8,
  credit: 9,
  ping: 10,
  pong: 11,
} as const;
export type FrameType = keyof typeof FRAME_TYPES;

const NAMES = new Map<number, FrameType>(
  (Object.entries(FRAME_TYPES) as [FrameType, number][]).map(([name, code]) => [code, name]),
);

const HEADER_BYTES = 9;
const TO_CALLER = 0x80;

/** The protocol's version; a peer that speaks this or the one before is understood. */
export const WIRE_VERSION = 1;

/** The largest payload of one frame. A longer stream is cut into data frames. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** The size of the pieces that a stream is cut into. */
export const DATA_CHUNK_BYTES = 64 * 1024;

export function encodeFrame(
  type: FrameType,
  toCaller: boolean,
  callId: number,
  payload: string | Uint8Array = '',
): Buffer {
  const length = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength;
  if (length > MAX_FRAME_BYTES) {
    throw new CofferdamError(
      'PROTOCOL_VIOLATION',
      `a ${type} frame of ${length} bytes is too large`,
    );
  }
  const frame = Buffer.allocUnsafe(HEADER_BYTES + length);
  writeHeader(frame, { type, toCaller, callId }, length);
  if (typeof payload === 'string') frame.write(payload, HEADER_BYTES, 'utf8');
  else frame.set(payload, HEADER_BYTES);
  return frame;
}

/** The header of a data frame whose payload is sent beside it. */
export function dataHeader(toCaller: boolean, callId: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  writeHeader(header, { type: 'data', toCaller, callId }, length);
  return header;
}

function writeHeader(bytes: Buffer, { type, toCaller, callId }: Head, length: number): void {
  bytes.writeUInt32BE(length, 0);
  bytes[4] = FRAME_TYPES[type] | (toCaller ? TO_CALLER : 0);
  bytes.writeUInt32BE(callId, 5);
}

/** Cuts a byte stream into frames; a frame that is too large or of no known type throws. */
export class FrameDecoder {
  readonly #held = new Pieces();
  /** Of the frame whose payload is to come. */
  #head: Head | undefined;
  #need = HEADER_BYTES;
  #limit: number;
  readonly #maxFrameBytes: number;

  /** The first frame may have a smaller bound: it is read before its sender is known. */
  constructor(maxFrameBytes = MAX_FRAME_BYTES, maxFirstBytes = maxFrameBytes) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#limit = maxFirstBytes;
  }

  /** Bytes held for a frame that is not whole yet. */
  get buffered(): number {
    return this.#held.bytes;
  }

  push(chunk: Buffer): Frame[] {
    this.#held.push(chunk);
    const frames: Frame[] = [];
    // Joined once per completed frame, not once per chunk: a slow drip stays linear.
    while (this.#held.bytes >= this.#need) {
      const bytes = this.#held.take(this.#need);
      if (this.#head) frames.push(this.#completed(this.#head, bytes));
      else this.#begin(bytes);
    }
    return frames;
  }

  #begin(header: Buffer): void {
    this.#need = header.readUInt32BE(0);
    if (this.#need > this.#limit) {
      throw new CofferdamError('PROTOCOL_VIOLATION', `a frame of ${this.#need} bytes is too large`);
    }
    this.#head = readHead(header);
  }

  #completed(head: Head, payload: Buffer): Frame {
    this.#head = undefined;
    this.#need = HEADER_BYTES;
    this.#limit = this.#maxFrameBytes;
    return { ...head, payload };
  }
}

type Head = Omit<Frame, 'payload'>;

function readHead(header: Buffer): Head {
  const code = header[4]!;
  const type = NAMES.get(code & ~TO_CALLER);
  if (!type) throw new CofferdamError('PROTOCOL_VIOLATION', `unknown frame type ${code}`);
  return { type, toCaller: (code & TO_CALLER) !== 0, callId: header.readUInt32BE(5) };
}
