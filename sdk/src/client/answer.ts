import { notCarriedThrough, notOurs, refused, type HeaderFacts } from './error.ts';
import { ANSWERS, type Refusal, type RunFailed } from './generated/api.ts';
import type { Operation } from './operation.ts';

/** Whether a request of this operation changes nothing, so that it may be sent twice. */
export function isRead(operation: Operation): boolean {
  return operation.startsWith('GET ');
}

/** The body of an answer as a value; throws when it is an error, or not one of Cofferdam's. */
export async function readAnswer(operation: Operation, response: Response): Promise<unknown> {
  const { statuses, type } = ANSWERS[operation];
  const text = await response.text();
  const isDocumented = statuses.includes(response.status);
  if (isDocumented && type === '') return undefined;
  if (isDocumented && type !== JSON_TYPE && mediaTypeOf(response) === type) return text;
  const body = mediaTypeOf(response) === JSON_TYPE ? parsed(text) : undefined;
  const headers = headersOf(response);
  throwIfError(body, headers);
  if (isDocumented && body !== undefined) return body;
  const retry = isRead(operation) || AGAIN.has(response.status);
  throw notOurs(`${response.status} ${mediaTypeOf(response)}`, { ...headers, retry });
}

/** A proxy's words for later. */
const AGAIN: ReadonlySet<number> = new Set([429, 503]);

/**
 * Throws what a body says went wrong, but for what a script did: that is a value. Without a status it
 * is the body of an event.
 */
export function throwIfError(body: unknown, headers: HeaderFacts): void {
  if (isRunFailed(body)) {
    if (body.error.blame !== 'script') throw notCarriedThrough(body, headers);
  } else if (isRefusal(body)) {
    throw refused(body, headers);
  }
}

export function headersOf({ status, headers }: Response): HeaderFacts {
  const retryAfterMs = retryAfter(headers.get('retry-after'));
  const requestId = headers.get('x-request-id');
  return {
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(requestId === null ? {} : { requestId }),
  };
}

const JSON_TYPE = 'application/json';

export function mediaTypeOf({ headers }: Response): string {
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  return type.trim().toLowerCase();
}

/** Retry-After is seconds, or a date where a proxy wrote it. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface ErrorBody {
  success: false;
  error: Refusal['error'];
}

function isErrorBody(body: unknown): body is ErrorBody {
  const { success, error } = Object(body) as Record<string, unknown>;
  const { code, message, retry } = Object(error) as Record<string, unknown>;
  const isText = typeof code === 'string' && typeof message === 'string';
  return success === false && isText && typeof retry === 'boolean';
}

function isRunFailed(body: unknown): body is RunFailed {
  return isErrorBody(body) && 'exitReason' in body;
}

function isRefusal(body: unknown): body is Refusal {
  return isErrorBody(body);
}
