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
  frame.writeUInt32BE(length, 0);
  frame[4] = FRAME_TYPES[type] | (toCaller ? TO_CALLER : 0);
  frame.writeUInt32BE(callId, 5);
  if (typeof payload === 'string') frame.write(payload, HEADER_BYTES, 'utf8');
  else frame.set(payload, HEADER_BYTES);
  return frame;
}

/** Cuts a byte stream into frames; a frame that is too large or of no known type throws. */
export class FrameDecoder {
  readonly #held = new Pieces();
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
    if (this.#held.bytes < this.#need) return [];
    const frames: Frame[] = [];
    // Joined once per completed frame, not once per chunk: a slow drip stays linear.
    let bytes = this.#held.takeAll();
    this.#need = HEADER_BYTES;
    while (bytes.byteLength >= HEADER_BYTES) {
      const whole = HEADER_BYTES + this.#checkedLength(bytes);
      if (bytes.byteLength < whole) {
        this.#need = whole;
        break;
      }
      frames.push(readFrame(bytes.subarray(0, whole)));
      this.#limit = this.#maxFrameBytes;
      bytes = bytes.subarray(whole);
    }
    if (bytes.byteLength > 0) this.#held.push(bytes);
    return frames;
  }

  #checkedLength(bytes: Buffer): number {
    const length = bytes.readUInt32BE(0);
    if (length <= this.#limit) return length;
    throw new CofferdamError('PROTOCOL_VIOLATION', `a frame of ${length} bytes is too large`);
  }
}

function readFrame(bytes: Buffer): Frame {
  const code = bytes[4]!;
  const type = NAMES.get(code & ~TO_CALLER);
  if (!type) throw new CofferdamError('PROTOCOL_VIOLATION', `unknown frame type ${code}`);
  return {
    type,
    toCaller: (code & TO_CALLER) !== 0,
    callId: bytes.readUInt32BE(5),
    payload: bytes.subarray(HEADER_BYTES),
  };
}
