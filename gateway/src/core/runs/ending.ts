import { CofferdamError, failedResult, type ExitReason, type RunResult } from '@cofferdam/protocol';

/** What is known of a run whose runner gave no usable answer. */
export interface Breakdown {
  error: unknown;
  /** The caller cancelled the run. */
  cancelled: boolean;
  /** The gateway had ended the runner, before this run's answer was looked at. */
  dropped: boolean;
  /** No other call was under way in the runner. */
  alone: boolean;
}

type Failure = Exclude<ExitReason, 'Completed'>;

/**
 * How a run ends whose runner broke, without guessing more than is known. A run that was alone in a
 * runner that broke the protocol, or never answered, is to blame (`EngineCrash`). A run beside others
 * may be innocent: `Neighbour`. A connection that just ended says nothing about anyone: `Unavailable`.
 * Whether it is run again is decided by whoever knows what the guest had asked of the world; the caller is
 * told by the code that it may retry.
 */
export function endingOf(breakdown: Breakdown): { result: RunResult; drop: boolean } {
  const { code, message } = CofferdamError.from(breakdown.error);
  if (breakdown.cancelled) return failed('Cancelled', 'The caller cancelled the run');
  if (breakdown.dropped)
    return failed('Neighbour', 'The runner was ended for what another run did');
  switch (code) {
    case 'PROTOCOL_VIOLATION':
      return breakdown.alone
        ? failed('EngineCrash', 'the runner broke the protocol', true)
        : failed('Neighbour', 'the runner broke the protocol', true);
    case 'DEADLINE_EXCEEDED':
      return failed('EngineCrash', 'the runner did not answer in time', true);
    case 'CONNECTION_LOST':
      return failed('Unavailable', 'the connection to the runner ended');
    case 'EXPIRED':
      return failed('Expired', message);
    default:
      return failed('Unavailable', message);
  }
}

function failed(exitReason: Failure, message: string, drop = false) {
  return { result: failedResult(exitReason, { name: exitReason, message }), drop };
}
