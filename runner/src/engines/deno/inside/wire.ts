import {
  byteLength,
  Bytes,
  copyBytes,
  encode,
  exit,
  readInput,
  setBytes,
  subarray,
  writeOutput,
} from './primordials.ts';

/** The project's frames (protocol/src/wire/frame.ts) without what only Node has. */
export const HELLO = 1;
export const CALL = 2;
export const REPLY = 3;
export const ERROR = 4;
export const EVENT = 5;
export const DATA = 6;
export const END = 7;
export const CANCEL = 8;
export const CREDIT = 9;

const TO_CALLER = 0x80;
const HEADER_BYTES = 9;
const READ_BYTES = 64 * 1024;

/** What fits into one frame that the other side takes, with room for a call's header. */
export const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024 - 128;
/** What may be under way in one direction of one call. */
export const WINDOW_BYTES = 256 * 1024;
export const CHUNK_BYTES = 64 * 1024;

export interface Frame {
  type: number;
  toCaller: boolean;
  callId: number;
  payload: Uint8Array<ArrayBuffer>;
}

export type Send = (type: number, payload?: string | Uint8Array) => void;

/** Writes a frame at once: a full pipe blocks the script until the runner has read. */
export function writeFrame(
  type: number,
  toCaller: boolean,
  callId: number,
  payload: string | Uint8Array = '',
): void {
  const bytes = typeof payload === 'string' ? encode(payload) : payload;
  const frame = new Bytes(HEADER_BYTES + byteLength(bytes));
  writeU32(frame, 0, byteLength(bytes));
  frame[4] = type | (toCaller ? TO_CALLER : 0);
  writeU32(frame, 5, callId);
  setBytes(frame, bytes, HEADER_BYTES);
  let written = 0;
  while (written < byteLength(frame)) written += writeOutput(subarray(frame, written));
}

export function u32Payload(value: number): Uint8Array {
  const bytes = new Bytes(4);
  writeU32(bytes, 0, value);
  return bytes;
}

export function readU32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  );
}

/** Reads frames until the runner closes the pipe, which ends the process. */
export async function readFrames(onFrame: (frame: Frame) => void): Promise<void> {
  const chunk = new Bytes(READ_BYTES);
  let held: Uint8Array<ArrayBuffer> = new Bytes(0);
  for (;;) {
    const count = await readInput(chunk);
    if (count === null) exit(0);
    held = takeFrames(join(held, subarray(chunk, 0, count!)), onFrame);
  }
}

function takeFrames(
  bytes: Uint8Array<ArrayBuffer>,
  onFrame: (frame: Frame) => void,
): Uint8Array<ArrayBuffer> {
  let at = 0;
  while (byteLength(bytes) - at >= HEADER_BYTES) {
    const end = at + HEADER_BYTES + readU32(bytes, at);
    if (end > byteLength(bytes)) break;
    const code = bytes[at + 4]!;
    onFrame({
      type: code & ~TO_CALLER,
      toCaller: (code & TO_CALLER) !== 0,
      callId: readU32(bytes, at + 5),
      payload: copyBytes(bytes, at + HEADER_BYTES, end),
    });
    at = end;
  }
  return copyBytes(bytes, at);
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Bytes(byteLength(head) + byteLength(tail));
  setBytes(bytes, head);
  setBytes(bytes, tail, byteLength(head));
  return bytes;
}

function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
