import type { Blame, ErrorCode, Refusal, RunFailed } from './generated/api.ts';

/** What is known of an error; the texts are the error catalogue's (docs/errors.md). */
export interface ApiErrorFacts {
  /** A code of the catalogue; a newer gateway may have more. */
  code: ErrorCode | (string & {});
  /** Whose fault it is. */
  blame: Blame;
  /** Whether the same request may be sent again unchanged. */
  retry: boolean;
  /** What to do about it. */
  action: string;
  /** HTTP status; absent where no answer came. */
  status?: number;
  /** How long to wait before that, in milliseconds, where the gateway says so. */
  retryAfterMs?: number;
  /** Names the request in the gateway's log. */
  requestId?: string;
  /** What is wrong with the body, where that is the error. */
  problems?: readonly { path: string; message: string }[];
  /** The run, where one had been started and could not be carried through. */
  run?: RunFailed;
}

/** What the headers of an answer say beside its body. */
export type HeaderFacts = Pick<ApiErrorFacts, 'status' | 'retryAfterMs' | 'requestId'>;

/**
 * A request that was refused, or that could not be answered. A script that fails is no error: its run
 * is answered with `success: false`.
 */
export class CofferdamApiError extends Error implements ApiErrorFacts {
  override readonly name = 'CofferdamApiError';
  readonly code: ApiErrorFacts['code'];
  readonly blame: Blame;
  readonly retry: boolean;
  readonly action: string;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly requestId: string | undefined;
  readonly problems: ApiErrorFacts['problems'] | undefined;
  readonly run: RunFailed | undefined;

  constructor(message: string, facts: ApiErrorFacts, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = facts.code;
    this.blame = facts.blame;
    this.retry = facts.retry;
    this.action = facts.action;
    this.status = facts.status;
    this.retryAfterMs = facts.retryAfterMs;
    this.requestId = facts.requestId;
    this.problems = facts.problems;
    this.run = facts.run;
  }
}

/** `INVALID_INPUT` for what was given to the client itself; nothing was sent. */
export function invalidInput(message: string): CofferdamApiError {
  return new CofferdamApiError(message, {
    code: 'INVALID_INPUT',
    blame: 'caller',
    retry: false,
    action: 'Correct what the message names.',
  });
}

/**
 * `CONNECTION_LOST`: no answer, or not all of it. Whether the request arrived is not known, so that
 * only one that changes nothing may be sent again without a thought.
 */
export function connectionLost(message: string, isRead: boolean, cause?: unknown) {
  const facts = {
    code: 'CONNECTION_LOST',
    blame: 'system',
    retry: isRead,
    action: isRead
      ? 'Send it again; see whether the gateway is reachable.'
      : 'Send it again if it does no harm twice: it may have arrived.',
  } as const;
  return new CofferdamApiError(message, facts, cause);
}

/** `PROTOCOL_VIOLATION`: what answered is no Cofferdam, such as a proxy with a page of its own. */
export function notOurs(what: string, facts: HeaderFacts & { retry: boolean }, cause?: unknown) {
  const text = `what answered is no Cofferdam: ${what}`;
  return new CofferdamApiError(
    text,
    {
      ...facts,
      code: 'PROTOCOL_VIOLATION',
      blame: 'system',
      action: 'Check baseUrl and what lies between here and the gateway.',
    },
    cause,
  );
}

export function refused(body: Refusal, headers: HeaderFacts): CofferdamApiError {
  const { code, blame, retry, action, message, problems } = body.error;
  const { requestId } = body;
  const found = problems === undefined ? {} : { problems };
  return new CofferdamApiError(message, {
    ...headers,
    ...{ code, blame, retry, action, requestId },
    ...found,
  });
}

/** A run that ended for a reason that is not the script's. */
export function notCarriedThrough(run: RunFailed, headers: HeaderFacts): CofferdamApiError {
  const { code, blame, retry, action, message, name } = run.error;
  const facts = { ...headers, code, blame, retry, action, run };
  return new CofferdamApiError(message === '' ? name : message, facts);
}
