import type { GuestError } from '@cofferdam/protocol';
import type { Failure } from '../../engines/isolate/verdict.ts';

/** Why a prefix could not be evaluated. */
export class PrefixFailure extends Error {
  readonly exitReason: Failure;
  readonly error: GuestError;

  constructor(exitReason: Failure, error: GuestError) {
    super(error.message);
    this.exitReason = exitReason;
    this.error = error;
  }
}
