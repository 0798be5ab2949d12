import type { ExpectedRunner, PoolDemand } from '@cofferdam/protocol';
import { systemClock, type Clock } from '../schedule/clock.ts';
import { newRunner, type NewRunner } from './new-runner.ts';
import { RestartDelay } from './restart-delay.ts';
import { Supply, type SupplyBounds } from './supply.ts';

/** Whoever waits for runners: the gateway's registry. */
interface RunnerRegistryPort {
  /** Announces a runner that is about to dial. */
  expect(runner: ExpectedRunner): void;
  /** The runner of this id will not come. */
  forget(runnerId: string): void;
}

/** A runner of this machine: a process or a container. */
export interface LocalRunner<End> {
  /** Resolves when it is over and nothing of it is left; never rejects. */
  readonly ended: Promise<End>;
  /** Ends it, whatever it does. */
  stop(): Promise<void>;
}

export interface LocalDriverOptions<End> {
  registry: RunnerRegistryPort;
  /** The pool that its runners are of. */
  pool: string;
  bounds: SupplyBounds;
  /** Told when a runner ended that nobody had ended. */
  onDeath?: (runnerId: string, end: End) => void;
  clock?: Clock;
}

interface Running<End> {
  runner: LocalRunner<End>;
  /** The driver ends it: its end is no death. */
  unwanted: boolean;
}

/** Starts runners on this machine, as many as are wanted, and ends them. */
export class LocalDriver<End> {
  readonly #options: LocalDriverOptions<End>;
  readonly #launch: (runner: NewRunner) => LocalRunner<End>;
  readonly #clock: Clock;
  readonly #supply: Supply;
  readonly #running = new Map<string, Running<End>>();
  readonly #delay = new RestartDelay();
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(options: LocalDriverOptions<End>, launch: (runner: NewRunner) => LocalRunner<End>) {
    this.#options = options;
    this.#launch = launch;
    this.#clock = options.clock ?? systemClock;
    this.#supply = new Supply(options.bounds, () => this.#request(), this.#clock);
  }

  /** Starts what is missing. */
  demand(demand: PoolDemand): void {
    if (!this.#closed && demand.pool === this.#options.pool) this.#supply.balance(demand);
  }

  /** Ends the runner, whatever it does. */
  discard(runnerId: string): void {
    const running = this.#running.get(runnerId);
    if (!running || running.unwanted) return;
    running.unwanted = true;
    void running.runner.stop();
  }

  /** Ends every runner: new ones are started when they are needed. */
  discardAll(): void {
    for (const runnerId of this.#running.keys()) this.discard(runnerId);
  }

  get size(): number {
    return this.#running.size;
  }

  /** Ends every runner and resolves when none is left. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#waiting) cancel();
    const running = [...this.#running.values()];
    this.discardAll();
    await Promise.all(running.map(({ runner }) => runner.ended));
  }

  /** Starts one more runner; later when the last ones died as soon as they were started. */
  #request(): void {
    const ms = this.#delay.at(this.#clock.now());
    if (ms === 0) return this.#start();
    // One start at a time while they die: whoever asks meanwhile asks for the same.
    if (this.#waiting.size > 0) return;
    const cancel = this.#clock.after(ms, () => {
      this.#waiting.delete(cancel);
      this.#start();
    });
    this.#waiting.add(cancel);
  }

  #start(): void {
    const { registry, pool, onDeath } = this.#options;
    const fresh = newRunner();
    const { runnerId, tokenSha256 } = fresh;
    registry.expect({ runnerId, tokenSha256, pool });
    this.#supply.announced();
    const startedAt = this.#clock.now();
    const running: Running<End> = { runner: this.#launch(fresh), unwanted: false };
    this.#running.set(runnerId, running);
    void running.runner.ended.then((end) => {
      this.#running.delete(runnerId);
      registry.forget(runnerId);
      if (running.unwanted) return;
      const now = this.#clock.now();
      this.#delay.died(now, now - startedAt);
      onDeath?.(runnerId, end);
    });
  }
}
