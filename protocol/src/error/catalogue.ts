import { CALLER_ERRORS } from './caller-errors.ts';
import { entry, type ErrorEntry } from './entry.ts';

export type { ErrorEntry } from './entry.ts';

/** Every error that leaves a part of Cofferdam has its code here; docs/errors.md is made from it. */
export const ERROR_CATALOGUE = {
  ...CALLER_ERRORS,
  // Who may
  UNAUTHENTICATED: entry(
    401,
    'caller',
    false,
    'A bearer token is required.',
    'Send authorization: Bearer <token>.',
  ),
  FORBIDDEN: entry(
    403,
    'caller',
    false,
    'The bearer token is not valid here, or whoever holds it may not do this.',
    'Use a valid token, or have the right that the message names granted; see docs/access.md.',
  ),
  RATE_LIMITED: entry(
    429,
    'policy',
    true,
    'Too many requests from this token in the last minute.',
    'Wait for as long as Retry-After says.',
  ),
  QUEUE_FULL: entry(
    429,
    'system',
    true,
    'Too many runs are waiting already.',
    'Wait for as long as Retry-After says.',
  ),
  QUOTA_EXCEEDED: entry(
    429,
    'policy',
    false,
    'A nested host asked for more than the policy of its runtime allows.',
    'Dispose of what is not needed any more, or widen `nestedHost` of the outermost runtime.',
  ),
  // What the guest did
  SERVER_FAILED: entry(
    502,
    'script',
    true,
    'The server of a script did not start, ended, or threw instead of answering.',
    'Look at its instances and their last lines; the script may have to be corrected.',
  ),
  SERVER_TIMEOUT: entry(
    504,
    'script',
    true,
    'The server of a script did not begin to answer within limits.wallTime.',
    'Correct the script, or raise limits.wallTime.',
  ),
  LOOP_DETECTED: entry(
    508,
    'script',
    false,
    'Scripts called themselves through the gateway, too deep or too often.',
    'Let no script wait for itself: at most 8 runs below one another, and 100 in ten minutes below one.',
  ),
  EXCEPTION: entry(422, 'script', false, 'The script threw.', 'Correct the script.'),
  TEST_FAILURE: entry(
    422,
    'script',
    false,
    'A test of the script failed, or it has none.',
    'Look at the results, which the answer has: each failed test says why.',
  ),
  COMPILE_ERROR: entry(
    422,
    'script',
    false,
    'The source does not parse.',
    'Correct the line that the message names.',
  ),
  TYPECHECK_EXCEEDED: entry(
    422,
    'caller',
    false,
    'A type check took more time or memory than it may.',
    'Check less at once, or simplify the types.',
  ),
  CPU_TIME_EXCEEDED: entry(
    422,
    'script',
    false,
    'The script used more CPU time than its limit.',
    'Do less, or raise limits.cpuTime.',
  ),
  WALL_TIME_EXCEEDED: entry(
    422,
    'script',
    false,
    'The script was not done when its time was over.',
    'Wait for less, or raise the timeout.',
  ),
  MEMORY_EXCEEDED: entry(
    422,
    'script',
    false,
    'The script used more memory than its limit.',
    'Keep less, or raise limits.memory.',
  ),
  OUTPUT_EXCEEDED: entry(
    422,
    'script',
    false,
    'The result is larger than the output limit.',
    'Return less, or raise limits.output.',
  ),
  RESULT_NOT_PLAIN: entry(
    422,
    'script',
    false,
    'The result holds something that is not plain data.',
    'Return JSON values; the message names the path.',
  ),
  BRIDGE_CALLS_EXCEEDED: entry(
    422,
    'script',
    false,
    'The script called the host more often than its limit.',
    'Call less, or raise limits.bridgeCalls.',
  ),
  BRIDGE_PAYLOAD_EXCEEDED: entry(
    422,
    'script',
    false,
    'One call to the host carried more than its limit.',
    'Send less, or raise limits.bridgePayload.',
  ),
  ENGINE_CRASH: entry(
    422,
    'script',
    false,
    'The script ended the process that ran it.',
    'Correct the script; nothing else was harmed.',
  ),
  // What the way out refused
  EGRESS_DENIED: entry(
    403,
    'policy',
    false,
    'The host, port or method is not in the permissions of this run.',
    'Name it in permissions.net.',
  ),
  EGRESS_ADDRESS_DENIED: entry(
    403,
    'policy',
    false,
    'The host resolves to an address that is not public.',
    'Allow its range with --allow-private and name the host with its port.',
  ),
  EGRESS_BUDGET: entry(
    429,
    'policy',
    false,
    'The run used up its requests or bytes.',
    'Fetch less, or raise the budget.',
  ),
  EGRESS_TICKET: entry(
    403,
    'policy',
    false,
    'The run has no valid ticket for the way out.',
    'Give the run permissions.net.',
  ),
  EGRESS_FAILED: entry(
    502,
    'system',
    true,
    'The target could not be reached.',
    'Check the target.',
  ),
  // What we did
  NEIGHBOUR: entry(
    503,
    'system',
    true,
    'Another run ended the process this one ran in.',
    'Send it again.',
  ),
  CANCELLED: entry(499, 'caller', true, 'The caller went away or cancelled the run.', 'Nothing.'),
  EXPIRED: entry(
    503,
    'system',
    true,
    'The run could not start before its deadline.',
    'Send it again, or allow more time.',
  ),
  UNAVAILABLE: entry(503, 'system', true, 'No runner is available.', 'Send it again; see /health.'),
  DEADLINE_EXCEEDED: entry(
    504,
    'system',
    true,
    'A part of Cofferdam did not answer in time.',
    'Send it again; see the logs.',
  ),
  PROTOCOL_VIOLATION: entry(
    502,
    'system',
    true,
    'A peer sent what the protocol does not allow; its connection was closed.',
    'See the logs of both parts.',
  ),
  CONNECTION_LOST: entry(
    503,
    'system',
    true,
    'The connection to a part of Cofferdam ended.',
    'Send it again.',
  ),
  SHUTTING_DOWN: entry(
    503,
    'system',
    true,
    'The service is shutting down.',
    'Send it again in a moment.',
  ),
  INSECURE_BIND: entry(
    500,
    'caller',
    false,
    'Binding to a non-loopback address needs a token.',
    'Set ISOLATE_AUTH_TOKEN, or bind to 127.0.0.1.',
  ),
  INVALID_CONFIG: entry(
    500,
    'caller',
    false,
    'A setting is unknown or has a wrong value.',
    'See docs/configuration.md.',
  ),
  INTERNAL: entry(
    500,
    'system',
    true,
    'A fault of Cofferdam itself.',
    'Report it with the request id.',
  ),
} as const satisfies Record<string, ErrorEntry>;

/** A code of the error catalogue; none is ever renamed. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

export const ERROR_CODES = Object.keys(ERROR_CATALOGUE) as ErrorCode[];

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CATALOGUE, code);
}
