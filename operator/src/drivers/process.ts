import { randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '../schedule/clock.ts';
import { OwnProcess, type ProcessEnd } from './own-process.ts';
import { RestartDelay } from './restart-delay.ts';

/** Whoever waits for runners: the gateway's registry. */
export interface RunnerRegistryPort {
  /** Announces a runner that is about to dial with this token; answers its id. */
  expect(token: string): string;
  /** The runner of this id will not come. */
  forget(runnerId: string): void;
}

export interface ProcessDriverOptions {
  registry: RunnerRegistryPort;
  /** The runner's main module. */
  runnerEntry: URL;
  /** Unix sockets that the runner dials. */
  gatewayAddress: string;
  egressAddress: string;
  /** The `deno` program; absent lets the runner find its own. */
  denoPath?: string;
  /** Told when a runner's process ended that nobody had ended. */
  onDeath?: (runnerId: string, end: ProcessEnd) => void;
  clock?: Clock;
}

interface Running {
  process: OwnProcess;
  /** The driver ends it: its end is no death. */
  unwanted: boolean;
}

/** Starts runners as processes of this machine. A process is the only boundary around them. */
export class ProcessDriver {
  readonly #options: ProcessDriverOptions;
  readonly #clock: Clock;
  readonly #running = new Map<string, Running>();
  readonly #delay = new RestartDelay();
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(options: ProcessDriverOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Starts one more runner; later when the last ones died as soon as they were started. */
  request(): void {
    if (this.#closed) return;
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

  /** Ends the runner's process, whatever it does. */
  discard(runnerId: string): void {
    const running = this.#running.get(runnerId);
    if (!running || running.unwanted) return;
    running.unwanted = true;
    void running.process.stop();
  }

  /** Ends every runner: new ones are asked for when they are needed. */
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
    await Promise.all(running.map(({ process }) => process.ended));
  }

  #start(): void {
    const { registry, runnerEntry, gatewayAddress, egressAddress, denoPath } = this.#options;
    const token = randomBytes(32).toString('base64url');
    const runnerId = registry.expect(token);
    const startedAt = this.#clock.now();
    const running: Running = {
      unwanted: false,
      process: new OwnProcess({
        entry: runnerEntry,
        env: {
          COFFERDAM_GATEWAY: gatewayAddress,
          COFFERDAM_EGRESS: egressAddress,
          COFFERDAM_JOIN_TOKEN: token,
          ...(denoPath ? { COFFERDAM_DENO_PATH: denoPath } : {}),
        },
      }),
    };
    this.#running.set(runnerId, running);
    void running.process.ended.then((end) => {
      this.#running.delete(runnerId);
      registry.forget(runnerId);
      if (running.unwanted) return;
      const now = this.#clock.now();
      this.#delay.died(now, now - startedAt);
      this.#options.onDeath?.(runnerId, end);
    });
  }
}
