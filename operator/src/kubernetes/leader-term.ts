import { CofferdamError } from '@cofferdam/protocol/base';
import type { Clock } from '../schedule/clock.ts';

export interface LeaderTermOptions {
  epoch: number;
  /** For so long after a renewal was sent, nobody else can have taken over. */
  renewDeadlineMs: number;
  clock: Clock;
  /** Milliseconds that no one sets back or forth. */
  monotonic: () => number;
}

/** Taken before a renewal is sent: others count their wait from when they see it, which is later. */
export interface Moment {
  wall: number;
  monotonic: number;
}

/** One time of leading, from being elected to losing it. It never comes back: another term follows. */
export class LeaderTerm {
  /** Larger than that of every earlier leader: what fences its writes. */
  readonly epoch: number;
  readonly #options: LeaderTermOptions;
  readonly #lost = new AbortController();
  #renewed: Moment;
  #cancel: () => void;

  constructor(options: LeaderTermOptions, renewed: Moment) {
    this.epoch = options.epoch;
    this.#options = options;
    this.#renewed = renewed;
    this.#cancel = this.#arm();
  }

  /** Aborts when the term is over, before another leader can be elected. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /**
   * Throws `STALE_EPOCH` once the term is over. To be called right before each act: a process that
   * was stopped for a while comes here before its timers do.
   */
  check(): void {
    if (this.remainingMs() <= 0) this.end('it was not renewed in time');
    if (this.signal.aborted) throw this.signal.reason;
  }

  /** How long the term lasts without another renewal; 0 when it is over. */
  remainingMs(): number {
    if (this.signal.aborted) return 0;
    const { renewDeadlineMs, monotonic, clock } = this.#options;
    // A machine that slept may not have counted it in the one clock, and one whose time was set not in the other.
    const elapsed = Math.max(
      monotonic() - this.#renewed.monotonic,
      clock.now() - this.#renewed.wall,
    );
    return Math.max(0, renewDeadlineMs - elapsed);
  }

  renew(sent: Moment): void {
    if (this.signal.aborted) return;
    this.#renewed = sent;
    this.#cancel();
    this.#cancel = this.#arm();
  }

  end(why: string): void {
    this.#cancel();
    this.#lost.abort(new CofferdamError('STALE_EPOCH', `the leadership is over: ${why}`));
  }

  #arm(): () => void {
    return this.#options.clock.after(this.remainingMs(), () =>
      this.end('it was not renewed in time'),
    );
  }
}
