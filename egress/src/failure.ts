import { CofferdamError } from '@cofferdam/protocol';
import { LOOKUP_TIMEOUT } from './lookups.ts';
import { hostAndPort, type Target } from './target.ts';

/** What went wrong on the way, by the code that Node, OpenSSL or undici gives it. */
const REASONS: Record<string, string> = {
  ENOTFOUND: 'its name was not found',
  EAI_AGAIN: 'its name could not be looked up',
  [LOOKUP_TIMEOUT]: 'its name was not looked up in time',
  ENODATA: 'its name has no address',
  ECONNREFUSED: 'nothing accepts connections there',
  ECONNRESET: 'it broke the connection',
  EPIPE: 'it broke the connection',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  ETIMEDOUT: 'it did not accept the connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'it did not accept the connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'its answer stopped coming',
  UND_ERR_HEADERS_OVERFLOW: 'the head of its answer is too large',
  UND_ERR_SOCKET: 'it broke the connection',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'the body is not as long as its content-length says',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'its answer is not as long as its content-length says',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is from an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is from an unknown authority',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 'it sent a message of more than 4 MiB',
  Z_DATA_ERROR: 'its answer is not in the content-encoding that it names',
};

/**
 * An error of the network as a script's author may see it: the host that they named and a reason
 * from our own list, never the text of the system, which holds addresses.
 */
export function failedToReach(target: Target, error: unknown, signal: AbortSignal): CofferdamError {
  if (error instanceof CofferdamError) return error;
  if (signal.aborted) return CofferdamError.from(signal.reason);
  return new CofferdamError(
    'EGRESS_FAILED',
    `${hostAndPort(target)} could not be fetched: ${reasonOf(codeOf(error))}`,
    { cause: error },
  );
}

function reasonOf(code: string): string {
  const known = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
  if (known) return known;
  if (code.startsWith('WS_ERR_')) return 'it does not keep to the WebSocket protocol';
  if (code.startsWith('HPE_')) return 'its answer is not HTTP';
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return 'it does not speak TLS as we do';
  if (code.startsWith('ERR__ERROR_FORMAT') || code.startsWith('Z_')) return REASONS.Z_DATA_ERROR!;
  return 'the connection failed';
}

function codeOf(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
