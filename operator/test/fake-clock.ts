import type { Clock } from '../src/schedule/clock.ts';

/** Time that a test moves by hand: timers run in order, each at its own time. */
export class FakeClock implements Clock {
  #now: number;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  constructor(now: number | string) {
    this.#now = new Date(now).getTime();
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  get waiting(): number {
    return this.#timers.size;
  }

  /** Moves time on, timer by timer, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#now = Math.max(this.#now, due.at);
      this.#timers.delete(due);
      due.callback();
      await settled();
    }
    this.#now = end;
    await settled();
  }

  /** A sleep of the machine or a step of its clock: time is other, no timer has run. */
  jump(ms: number): void {
    this.#now += ms;
  }
}

export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
