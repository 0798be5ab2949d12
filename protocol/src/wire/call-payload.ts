import { CofferdamError } from '../error/cofferdam-error.ts';
import { parseJson } from './json.ts';

const MAX_METHOD_BYTES = 64;
/** No call outlives this, whatever its caller asked for: 10 minutes. */
export const MAX_DEADLINE_MS = 600_000;
/** As a deadline: the call lasts until it is answered or cancelled, or the connection ends. */
export const LASTING = 0;
const HEADER_BYTES = 5;

/** A call frame's payload: deadline in ms (u32), length of the method's name (u8), name, JSON. */
export function encodeCall(method: string, deadlineMs: number, payload: unknown): Buffer {
  const json = JSON.stringify(payload ?? null);
  const nameBytes = Buffer.byteLength(method);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + nameBytes + Buffer.byteLength(json));
  bytes.writeUInt32BE(deadlineMs === LASTING ? LASTING : bounded(deadlineMs), 0);
  bytes[4] = nameBytes;
  bytes.write(method, HEADER_BYTES);
  bytes.write(json, HEADER_BYTES + nameBytes);
  return bytes;
}

function bounded(deadlineMs: number): number {
  return Math.min(MAX_DEADLINE_MS, Math.max(1, Math.ceil(deadlineMs)));
}

export interface DecodedCall {
  method: string;
  deadlineMs: number;
  payload: unknown;
}

export function decodeCall(bytes: Buffer): DecodedCall {
  const nameBytes = bytes[4] ?? 0;
  const start = HEADER_BYTES + nameBytes;
  if (nameBytes === 0 || nameBytes > MAX_METHOD_BYTES || bytes.byteLength <= start) {
    throw new CofferdamError('PROTOCOL_VIOLATION', 'a call frame is cut short');
  }
  return {
    deadlineMs: Math.min(MAX_DEADLINE_MS, bytes.readUInt32BE(0)),
    method: bytes.toString('utf8', HEADER_BYTES, start),
    payload: parseJson(bytes.toString('utf8', start)),
  };
}
