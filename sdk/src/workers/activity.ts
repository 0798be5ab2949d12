import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_LOOK_MS = 20;
const LONGEST_LOOK_MS = 1_000;

export interface ActivityOptions {
  /** Keeps the process from ending until it is released. */
  hold(): () => void;
  /** Asks the worker to answer with this number, after all that it was given before. */
  ask(number: number): void;
}

/**
 * Whether a worker is at rest: it has handled what it was given, and waits for nothing but its host.
 * As long as it is not, the process stays.
 */
export class Activity {
  readonly #options: ActivityOptions;
  readonly #over = Promise.withResolvers<boolean>();
  #asked = 0;
  #answered: ((isBusy: boolean) => void) | undefined;
  #isStirred = false;
  #watching: Promise<void> | undefined;
  #handled: (() => void)[] = [];
  #isOver = false;

  constructor(options: ActivityOptions) {
    this.#options = options;
  }

  /** The worker was given something to do. */
  stir(): void {
    this.#isStirred = true;
    if (!this.#isOver) this.#watching ??= this.#watch();
  }

  /** The worker's answer. */
  answered(number: unknown, isBusy: unknown): void {
    if (number === this.#asked) this.#answered?.(isBusy === true);
  }

  /** Settles when the worker has handled all that it was given, whatever it waits for. */
  async handled(): Promise<void> {
    if (this.#watching) await new Promise<void>((resolve) => void this.#handled.push(resolve));
  }

  end(): void {
    this.#isOver = true;
    this.#over.resolve(false);
  }

  async #watch(): Promise<void> {
    const release = this.#options.hold();
    try {
      let lookMs = FIRST_LOOK_MS;
      while (await this.#isBusy()) {
        if (this.#isStirred) lookMs = FIRST_LOOK_MS;
        else await Promise.race([sleep(lookMs), this.#over.promise]);
        lookMs = Math.min(LONGEST_LOOK_MS, lookMs * 2);
      }
    } finally {
      this.#watching = undefined;
      release();
    }
  }

  /** Twice: by the second answer, what the first left to promises has been done and sent. */
  async #isBusy(): Promise<boolean> {
    this.#isStirred = false;
    await this.#ask();
    const isBusy = await this.#ask();
    if (!this.#isStirred || this.#isOver) {
      for (const resolve of this.#handled.splice(0)) resolve();
    }
    return !this.#isOver && (isBusy || this.#isStirred);
  }

  #ask(): Promise<boolean> {
    if (this.#isOver) return this.#over.promise;
    const answer = new Promise<boolean>((resolve) => (this.#answered = resolve));
    try {
      this.#options.ask(++this.#asked);
    } catch {
      // The worker takes nothing for now; its end will be told.
      return this.#over.promise;
    }
    return Promise.race([answer, this.#over.promise]);
  }
}
