import { CofferdamError } from '../error/cofferdam-error.ts';

/** A message goes in parts, so that nobody on the way holds more of one than this. */
export const SOCKET_PART_BYTES = 64 * 1024;

/** What a close says: two bytes of code and the reason, as in a close frame of RFC 6455. */
const MAX_CLOSE_BYTES = 125;
const HEADER_BYTES = 5;
const LAST = 0x80;
const KINDS = { text: 1, binary: 2, close: 8 } as const;

export type SocketKind = keyof typeof KINDS;

/** One part of a WebSocket's message on a call's byte stream. Text is UTF-8; a close is one part. */
export interface SocketPart {
  kind: SocketKind;
  isLast: boolean;
  bytes: Uint8Array;
}

/** Header (length u32, kind u8 with its high bit set in the last part) and bytes. */
export function encodeSocketPart({ kind, isLast, bytes }: SocketPart): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + bytes.byteLength);
  frame.writeUInt32BE(bytes.byteLength, 0);
  frame[4] = KINDS[kind] | (isLast ? LAST : 0);
  frame.set(bytes, HEADER_BYTES);
  return frame;
}

/** The parts of a whole message, cut to {@link SOCKET_PART_BYTES}. */
export function* socketParts(kind: SocketKind, bytes: Uint8Array): Generator<SocketPart> {
  for (let at = 0; ; at += SOCKET_PART_BYTES) {
    const piece = bytes.subarray(at, at + SOCKET_PART_BYTES);
    const isLast = at + SOCKET_PART_BYTES >= bytes.byteLength;
    yield { kind, isLast, bytes: piece };
    if (isLast) return;
  }
}

/** How a WebSocket ended. Code 1005 is none, 1006 a connection that broke. */
export interface SocketClose {
  code: number;
  reason: string;
}

export function closePart({ code, reason }: SocketClose): SocketPart {
  const bytes = Buffer.alloc(2 + Buffer.byteLength(reason));
  bytes.writeUInt16BE(code, 0);
  bytes.write(reason, 2);
  return { kind: 'close', isLast: true, bytes };
}

export function readClose({ bytes }: SocketPart): SocketClose {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 2) return { code: 1005, reason: '' };
  return { code: view.readUInt16BE(0), reason: view.toString('utf8', 2) };
}

/** Throws `PROTOCOL_VIOLATION` for bytes that are no parts, and when they end within one. */
export async function* readSocketParts(source: AsyncIterable<Buffer>): AsyncGenerator<SocketPart> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    // Never more than one part is kept, and a chunk is about as large as one.
    rest = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let part = firstPart(rest); part; part = firstPart(rest)) {
      rest = rest.subarray(HEADER_BYTES + part.bytes.byteLength);
      yield part;
    }
  }
  if (rest.byteLength > 0) throw violation();
}

function firstPart(bytes: Buffer): SocketPart | undefined {
  if (bytes.byteLength < HEADER_BYTES) return undefined;
  const size = bytes.readUInt32BE(0);
  const kind = kindOf(bytes[4]! & ~LAST);
  if (size > (kind === 'close' ? MAX_CLOSE_BYTES : SOCKET_PART_BYTES)) throw violation();
  if (bytes.byteLength < HEADER_BYTES + size) return undefined;
  const isLast = (bytes[4]! & LAST) !== 0;
  return { kind, isLast, bytes: bytes.subarray(HEADER_BYTES, HEADER_BYTES + size) };
}

function kindOf(byte: number): SocketKind {
  for (const kind of Object.keys(KINDS) as SocketKind[]) if (KINDS[kind] === byte) return kind;
  throw violation();
}

function violation(): CofferdamError {
  return new CofferdamError('PROTOCOL_VIOLATION', 'not a message of a WebSocket');
}
