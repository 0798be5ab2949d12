import type { Channel, Layer } from '@cofferdam/protocol';
import type { RunnerLease } from './registry.ts';
import type { Runner } from './runner.ts';

/** Holds a runner for one call; `onRelease` is told once. */
export class Lease implements RunnerLease {
  readonly tenant: string;
  readonly waitedMs: number;
  readonly #runner: Runner;
  readonly #onRelease: (runner: Runner) => void;
  #released = false;

  constructor(runner: Runner, waitedMs: number, onRelease: (runner: Runner) => void) {
    this.#runner = runner;
    this.tenant = runner.owner!.tenant;
    this.waitedMs = waitedMs;
    this.#onRelease = onRelease;
    runner.active++;
    runner.calls++;
  }

  get runnerId(): string {
    return this.#runner.identity.runnerId;
  }

  get channel(): Channel {
    return this.#runner.identity.channel;
  }

  get layers(): readonly Layer[] {
    return this.#runner.identity.layers;
  }

  get active(): number {
    return this.#runner.active;
  }

  get retiring(): boolean {
    return this.#runner.retiring !== undefined;
  }

  get dropped(): boolean {
    return this.#runner.dropped;
  }

  drop(reason: string): void {
    this.#runner.drop(reason);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#runner.active--;
    this.#onRelease(this.#runner);
  }
}
