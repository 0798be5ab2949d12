import { CofferdamError, type ErrorCode, type WireError } from '@cofferdam/protocol/base';

export interface KubernetesFailure {
  /** HTTP status; 0 when there was no answer. */
  status: number;
  /** As in a `Status` object, such as `NotFound`; our own are `Unreachable`, `Timeout`, `Silent` and `TooLarge`. */
  reason: string;
  message: string;
  /** How long the server asks to wait, in milliseconds. */
  retryAfterMs?: number | undefined;
  /** `details.causes` of a `Status` object. */
  causes?: readonly StatusCause[] | undefined;
  cause?: unknown;
}

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** An API server refused, failed, or could not be reached. What it said stays inside: it may name other tenants' objects. */
export class KubernetesError extends CofferdamError {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs: number | undefined;
  readonly causes: readonly StatusCause[];

  constructor(failure: KubernetesFailure) {
    super(codeOf(failure), failure.message, { cause: failure.cause });
    this.name = 'KubernetesError';
    this.status = failure.status;
    this.reason = failure.reason;
    this.retryAfterMs = failure.retryAfterMs;
    this.causes = failure.causes ?? [];
  }

  get notFound(): boolean {
    return this.status === 404;
  }

  /** The object has changed since it was read (or, for server-side apply, another manager owns a field). */
  get conflict(): boolean {
    return this.status === 409 && this.reason !== 'AlreadyExists';
  }

  get alreadyExists(): boolean {
    return this.status === 409 && this.reason === 'AlreadyExists';
  }

  /** The resourceVersion or continue token is too old: list again. */
  get gone(): boolean {
    return this.status === 410;
  }

  get forbidden(): boolean {
    return this.status === 403;
  }

  get unauthenticated(): boolean {
    return this.status === 401;
  }

  /** The object itself was refused: sending it again unchanged cannot work. */
  get invalid(): boolean {
    return this.status === 422 || this.status === 400;
  }

  /** There was no answer: whether a write took effect is not known. */
  get unreachable(): boolean {
    return this.status === 0;
  }

  /** Whether the same request may work later. */
  get retryable(): boolean {
    return this.unreachable || this.status === 429 || this.status >= 500;
  }

  override toWire(): WireError {
    return { code: this.code, message: this.entry.meaning };
  }
}

function codeOf({ status, reason }: KubernetesFailure): ErrorCode {
  if (reason === 'Timeout' || status === 504) return 'DEADLINE_EXCEEDED';
  return status === 0 ? 'CONNECTION_LOST' : 'INTERNAL';
}

interface StatusObject {
  code?: number;
  reason?: string;
  message?: string;
  details?: { retryAfterSeconds?: number; causes?: StatusCause[] };
}

/** The error that a `Status` object tells of; a proxy in between may have answered something else instead. */
export function errorOfStatus(
  body: unknown,
  answer: { status: number; retryAfter?: string | undefined },
): KubernetesError {
  const status = Object(body) as StatusObject;
  const seconds = Number(answer.retryAfter ?? status.details?.retryAfterSeconds);
  return new KubernetesError({
    status: typeof status.code === 'number' ? status.code : answer.status,
    reason: textOr(status.reason, 'Unknown'),
    message: textOr(status.message, `the API server answered ${answer.status}`),
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined,
    causes: Array.isArray(status.details?.causes) ? status.details.causes : undefined,
  });
}

function textOr(text: unknown, otherwise: string): string {
  return typeof text === 'string' && text !== '' ? text.slice(0, 4096) : otherwise;
}
