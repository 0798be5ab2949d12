import { CofferdamError, type ControlOutcome } from '@cofferdam/protocol';

interface Running {
  outcome: Promise<ControlOutcome>;
  cancel: AbortController;
}

/**
 * Runs with a key that do not end with the connection of whoever asked for them: an operator that is replaced
 * must not cancel what people have asked it for. Asked again while one goes on, the answer is that of the first.
 */
export class LastingRuns {
  readonly #running = new Map<string, Running>();

  /** Ends early only when somebody who asked cancels it; rejects as `start` does. */
  async join(
    key: string,
    signal: AbortSignal,
    start: (signal: AbortSignal) => Promise<ControlOutcome>,
  ): Promise<ControlOutcome> {
    const running = this.#running.get(key) ?? this.#begin(key, start);
    const onAbort = () => {
      if (isCancelled(signal)) running.cancel.abort(signal.reason);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await running.outcome;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #begin(key: string, start: (signal: AbortSignal) => Promise<ControlOutcome>): Running {
    const cancel = new AbortController();
    const outcome = start(cancel.signal).finally(() => this.#running.delete(key));
    const running = { outcome, cancel };
    this.#running.set(key, running);
    return running;
  }
}

/** Not: the connection has ended, or the caller no longer waits. */
function isCancelled({ reason }: AbortSignal): boolean {
  return reason instanceof CofferdamError && reason.code === 'CANCELLED';
}
