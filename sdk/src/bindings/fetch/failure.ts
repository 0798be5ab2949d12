import { CofferdamError } from '@cofferdam/protocol';
import { guestViewOf } from '../../port/error-view.ts';

const MAX_MESSAGE = 1_024;

/**
 * Why a request failed, as the guest is told: the binding's message, never its stack, its cause or a path of the host's.
 * What is ours already stays.
 */
export function fetchFailure(error: unknown): CofferdamError {
  if (isOurs(error)) return error;
  const { name, message } = guestViewOf(error);
  return new CofferdamError('EGRESS_FAILED', `${name}: ${message}`.slice(0, MAX_MESSAGE), {
    cause: error,
  });
}

export function refused(why: string): CofferdamError {
  return new CofferdamError('EGRESS_FAILED', why);
}

/** What a binding throws may be a proxy whose traps throw. */
function isOurs(error: unknown): error is CofferdamError {
  try {
    return error instanceof CofferdamError;
  } catch {
    return false;
  }
}
