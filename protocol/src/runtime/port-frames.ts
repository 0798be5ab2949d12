import { CofferdamError } from '../error/cofferdam-error.ts';
import { Pieces } from '../wire/pieces.ts';
import { MAX_PORT_MESSAGE_BYTES } from './methods.ts';

const HEADER_BYTES = 4;

/** One frame of a port: its length in bytes (u32, big endian) and its text as UTF-8. */
export function encodePortFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  if (length > MAX_PORT_MESSAGE_BYTES) {
    throw new CofferdamError(
      'PROTOCOL_VIOLATION',
      `a port's frame of ${length} bytes is too large`,
    );
  }
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + length);
  bytes.writeUInt32BE(length, 0);
  bytes.write(text, HEADER_BYTES);
  return bytes;
}

/** Cuts a port's bytes into the texts of its frames; one that is too large throws. */
export class PortFrameDecoder {
  readonly #held = new Pieces();
  #need = HEADER_BYTES;

  push(chunk: Buffer): string[] {
    this.#held.push(chunk);
    if (this.#held.bytes < this.#need) return [];
    const texts: string[] = [];
    // Joined once per whole frame, not once per chunk: a slow drip stays linear.
    let bytes = this.#held.takeAll();
    this.#need = HEADER_BYTES;
    while (bytes.byteLength >= HEADER_BYTES) {
      const end = HEADER_BYTES + checked(bytes.readUInt32BE(0));
      if (bytes.byteLength < end) {
        this.#need = end;
        break;
      }
      texts.push(bytes.toString('utf8', HEADER_BYTES, end));
      bytes = bytes.subarray(end);
    }
    if (bytes.byteLength > 0) this.#held.push(bytes);
    return texts;
  }
}

function checked(length: number): number {
  if (length <= MAX_PORT_MESSAGE_BYTES) return length;
  throw new CofferdamError('PROTOCOL_VIOLATION', `a port's frame of ${length} bytes is too large`);
}
