import { CofferdamError } from '@cofferdam/protocol';

const MAX_MESSAGE = 1_024;

/**
 * Why a request failed, as the guest is told: the binding's message, never its stack or its cause.
 * What is ours already stays.
 */
export function fetchFailure(error: unknown): CofferdamError {
  if (error instanceof CofferdamError) return error;
  return new CofferdamError('EGRESS_FAILED', messageOf(error).slice(0, MAX_MESSAGE), {
    cause: error,
  });
}

/** A thrown thing may be anything, and its getters may throw. */
function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return 'the fetch binding threw';
  }
}

export function refused(why: string): CofferdamError {
  return new CofferdamError('EGRESS_FAILED', why);
}
