import type { SocketClose } from '@cofferdam/protocol/base';
import { GuestFault } from '../capability.ts';
import type { WebSocketStart } from './stream.ts';

const MAX_URL_LENGTH = 8 * 1024;
const MAX_PROTOCOLS = 32;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;
const MAX_REASON_BYTES = 123;
/** A close without a code. */
const NO_CODE = 1005;

/** A WebSocket as a guest opens it, checked: what does not fit is refused with its name. */
export function readOpening(json: unknown): { id: number; start: WebSocketStart } {
  const { url, protocols } = Object(json) as Record<string, unknown>;
  const id = readId(json);
  if (typeof url !== 'string' || url.length > MAX_URL_LENGTH) throw refused('URL');
  if (!Array.isArray(protocols) || protocols.length > MAX_PROTOCOLS) throw refused('protocols');
  const isToken = (one: unknown): one is string => typeof one === 'string' && TOKEN.test(one);
  if (!protocols.every(isToken)) throw refused('protocols');
  return { id, start: { url, protocols } };
}

export function readId(json: unknown): number {
  const { id } = Object(json) as { id?: unknown };
  if (Number.isSafeInteger(id)) return id as number;
  throw refused('id');
}

/** How a guest closes: by the rules of `close()`, or without a code. */
export function readClosing(json: unknown): SocketClose {
  const { code = NO_CODE, reason = '' } = Object(json) as Record<string, unknown>;
  const isAllowed =
    code === NO_CODE || code === 1000 || (Number.isInteger(code) && isOwnCode(code as number));
  if (!isAllowed) throw refused('code');
  if (typeof reason !== 'string' || Buffer.byteLength(reason) > MAX_REASON_BYTES) {
    throw refused('reason');
  }
  return { code: code as number, reason };
}

function isOwnCode(code: number): boolean {
  return code >= 3000 && code <= 4999;
}

function refused(what: string): GuestFault {
  return new GuestFault('TypeError', `WebSocket failed: the ${what} is not valid`);
}
