import type { GuestError } from '@cofferdam/protocol';

/** Why a module graph could not be loaded: its author's fault, or its embedder's. */
export class LoadFailure extends Error {
  readonly exitReason: 'CompileError' | 'Exception';
  readonly error: GuestError;

  constructor(exitReason: LoadFailure['exitReason'], error: GuestError) {
    super(error.message);
    this.exitReason = exitReason;
    this.error = error;
  }
}

/** A failure that is thrown in the guest where it can catch it. */
export function loadFailure(name: string, message: string): LoadFailure {
  return new LoadFailure('Exception', { name, message: message.slice(0, 2048) });
}
