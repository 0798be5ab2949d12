import { CofferdamError, codeOfExit, ERROR_CATALOGUE } from '@cofferdam/protocol';
import type { ErrorCode, Problem, RunResult } from '@cofferdam/protocol';

/** Details of an error that an answer may show; the others stay inside. */
export interface ErrorDetails {
  problems?: Problem[];
  /** Answered as Retry-After too. */
  retryAfterSeconds?: number;
  /** For NOT_FOUND: what is there instead. */
  endpoints?: string[];
  /** For METHOD_NOT_ALLOWED: answered as Allow. */
  allow?: string;
}

function classified(code: ErrorCode) {
  const { blame, retry, action } = ERROR_CATALOGUE[code];
  return { code, blame, retry, action };
}

/** Fastify's own errors that say what a caller did wrong. */
const FASTIFY_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'INVALID_JSON',
  FST_ERR_CTP_INVALID_JSON_BODY: 'INVALID_JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'INVALID_JSON',
  FST_ERR_BAD_URL: 'INVALID_INPUT',
  FST_ERR_MAX_PARAM_LENGTH: 'INVALID_INPUT',
  FST_ERR_ASYNC_CONSTRAINT: 'INVALID_INPUT',
};

/** Whatever was thrown while a request was answered, as one of ours. */
export function httpError(error: unknown): CofferdamError {
  if (error instanceof CofferdamError) return error;
  const { code } = Object(error) as { code?: unknown };
  const known = typeof code === 'string' ? FASTIFY_CODES[code] : undefined;
  if (known === undefined) return CofferdamError.from(error);
  const message = known === 'INVALID_INPUT' ? 'The address is not valid.' : undefined;
  return new CofferdamError(known, message, { cause: error });
}

/** The one shape of every answer that says no. */
export function errorBody(error: CofferdamError, requestId: string) {
  const { problems, endpoints } = (error.details ?? {}) as ErrorDetails;
  return {
    success: false,
    error: {
      type: error.code,
      name: error.name,
      message: error.toWire().message,
      ...classified(error.code),
      ...(problems ? { problems } : {}),
    },
    ...(endpoints ? { endpoints } : {}),
    requestId,
  };
}

/** What a request that may be sent again in a moment is told to wait, unless more is known. */
const RETRY_AFTER_SECONDS = 1;

export function errorHeaders(error: CofferdamError): Record<string, string> {
  const { retryAfterSeconds, allow } = (error.details ?? {}) as ErrorDetails;
  const { status } = error.entry;
  const headers: Record<string, string> = {};
  if (status === 429 || status === 503) {
    headers['retry-after'] = String(retryAfterSeconds ?? RETRY_AFTER_SECONDS);
  }
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  if (allow !== undefined) headers.allow = allow;
  return headers;
}

/** The `error` of a failed run: the guest's words with the catalogue's. */
export function guestFailure({ exitReason, error }: Pick<RunResult, 'exitReason' | 'error'>) {
  const code = exitReason === 'Completed' ? 'INTERNAL' : codeOfExit(exitReason);
  return { type: exitReason, ...(error ?? { name: exitReason, message: '' }), ...classified(code) };
}
