interface Waiting {
  begin(): void;
  giveUp(error: unknown): void;
}

/** Lets so many runs go on at once; the others wait in their order, and may give up. */
export class IsolateSlots {
  readonly #waiting = new Set<Waiting>();
  #free: number;
  #closed: Error | undefined;

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves with how the slot is given back; rejects with the signal's reason, or how it closed. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#closed) throw this.#closed;
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    let isMine = true;
    return () => {
      if (isMine) this.#release();
      isMine = false;
    };
  }

  /** Nobody who waits will begin. */
  close(error: Error): void {
    this.#closed = error;
    for (const { giveUp } of this.#waiting) giveUp(error);
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const turn = Promise.withResolvers<void>();
    const waiting = { begin: turn.resolve, giveUp: turn.reject };
    const onAbort = () => turn.reject(signal.reason);
    this.#waiting.add(waiting);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await turn.promise;
    } finally {
      this.#waiting.delete(waiting);
      signal.removeEventListener('abort', onAbort);
    }
  }

  #release(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next.begin();
  }
}
