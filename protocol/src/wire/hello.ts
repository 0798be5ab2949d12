import { CofferdamError } from '../error/cofferdam-error.ts';
import { WIRE_VERSION } from './frame.ts';
import { parseJson } from './json.ts';

/** The first frame of each side: versions, and what this side says of itself. */
export interface Hello {
  version: number;
  /** The oldest version that the sender understands. */
  oldest: number;
  /** Who is calling: a join token, versions, layers. Checked by whoever accepts the connection. */
  about: unknown;
}

export const MAX_HELLO_BYTES = 16 * 1024;
/** One version back is understood (0 was never released). */
const OLDEST_VERSION = Math.max(1, WIRE_VERSION - 1);

export function helloPayload(about: unknown): string {
  return JSON.stringify({ version: WIRE_VERSION, oldest: OLDEST_VERSION, about } satisfies Hello);
}

/** Reads a peer's hello; throws when no version is understood by both. */
export function readHello(payload: Buffer): Hello {
  const hello = Object(parseJson(payload.toString(), { maxBytes: MAX_HELLO_BYTES })) as Hello;
  const { version, oldest } = hello;
  const understood =
    Number.isInteger(version) &&
    Number.isInteger(oldest) &&
    version >= OLDEST_VERSION &&
    oldest <= WIRE_VERSION;
  if (understood) return { version, oldest, about: hello.about };
  throw new CofferdamError(
    'PROTOCOL_VIOLATION',
    `the peer speaks wire versions ${label(oldest)} to ${label(version)}, this side ${OLDEST_VERSION} to ${WIRE_VERSION}`,
  );
}

/** A peer's word in a message of ours: a number, or that it is none. */
function label(version: unknown): string {
  return typeof version === 'number' ? String(version) : 'unknown';
}
