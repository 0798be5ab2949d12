/** How often a process is asked how it is, and looked at. */
export const HEARTBEAT_MS = 250;
/** How long an answer is waited for. A process whose event loop has given none for so long is gone, if it had time to. */
export const ANSWER_MS = 3_000;
/** With less CPU time than this it had none: the machine is at fault, or whoever takes all of it. */
const WORK_MS = 500;
/** But not for ever: it may also wait for something that never comes. */
const STARVED_LIMIT_MS = 15_000;
/**
 * Of the time between two looks no more than this counts: whoever looks late was kept from its own
 * event loop, where the answer may have been waiting all the time.
 */
const MAX_STEP_MS = 2 * HEARTBEAT_MS;

/** How long a process has not answered, which tells one that hangs from one that has no time. */
export class Silence {
  readonly #now: () => number;
  #lookedAt = 0;
  /** `undefined` while it is starting (0.2 s, and seconds on a busy machine): it is not late then. */
  #silentMs: number | undefined;
  #cpuMs: number | undefined;
  /** CPU time of the process when it was last heard, as far as it was known. */
  #cpuMsBefore: number | undefined;

  /** `now`: milliseconds of a clock that never goes back. */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** It is up, it has answered, or nothing was asked of it before. `cpuMs`: as for {@link look}, where it is read anyway. */
  broken(cpuMs = this.#cpuMs): void {
    this.#silentMs = 0;
    this.#lookedAt = this.#now();
    this.#cpuMs = cpuMs;
    this.#cpuMsBefore = cpuMs;
  }

  /**
   * To be called every {@link HEARTBEAT_MS}. `cpuMs`: CPU time of the process since its start,
   * `undefined` where the system does not say.
   */
  look(cpuMs: number | undefined): void {
    const now = this.#now();
    if (this.#silentMs !== undefined) {
      this.#silentMs += Math.min(now - this.#lookedAt, MAX_STEP_MS);
    }
    this.#lookedAt = now;
    this.#cpuMs = cpuMs;
  }

  /** Whether it has been asked for an answer too long, and could have given it. */
  get hangs(): boolean {
    if (this.#silentMs === undefined || this.#silentMs <= ANSWER_MS) return false;
    const workedMs = this.#cpuMs === undefined ? Infinity : this.#cpuMs - (this.#cpuMsBefore ?? 0);
    return workedMs >= WORK_MS || this.#silentMs > STARVED_LIMIT_MS;
  }
}
