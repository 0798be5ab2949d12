import { CofferdamError } from '@cofferdam/protocol';
import type { StartedChild } from '../supervisor/child.ts';
import { RuntimeProcess } from './runtime-process.ts';

/** Runtimes after which a process takes no more: what each leaves behind adds up. */
const RUNTIMES_PER_LIFE = 1_000;

/**
 * To start a process takes 5 ms of this one and 0.1 s of a processor, which the runtime that was just
 * asked for, and its first eval, need themselves.
 */
const WARM_AFTER_MS = 100;

/** Runtimes in one process are one embedder's: a process serves nobody else, even when it is empty. */
export class ProcessPool {
  readonly #perProcess: number;
  readonly #owned = new Map<object, Set<RuntimeProcess>>();
  /** Owners who have been dropped: what they had under way gets no process any more. */
  readonly #gone = new WeakSet<object>();
  #spare: RuntimeProcess | undefined;
  #warming: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(runtimesPerProcess: number) {
    this.#perProcess = runtimesPerProcess;
  }

  /**
   * Starts the process of the next embedder, or of this one's ninth runtime, ahead of it; or takes the
   * one that is `started` already.
   */
  warm(started?: StartedChild): void {
    if (this.#closed || this.#spare?.alive) return;
    const spare = new RuntimeProcess(started);
    this.#spare = spare;
    void spare.exited.then(() => {
      if (this.#spare === spare) this.#spare = undefined;
    });
  }

  get pids(): number[] {
    const owned = [...this.#owned.values()].flatMap((processes) => [...processes]);
    return [...owned, ...(this.#spare ? [this.#spare] : [])].map(({ pid }) => pid);
  }

  /**
   * A process of this owner with a place that is taken by this call: of the first that has room, or of
   * the emptiest where the owner's runtimes are spread over so many processes.
   */
  take(owner: object, spread?: number): RuntimeProcess {
    if (this.#gone.has(owner)) throw new CofferdamError('SHUTTING_DOWN');
    const processes = this.#owned.get(owner) ?? new Set();
    this.#owned.set(owner, processes);
    const roomy =
      spread === undefined
        ? [...processes].find((process) => this.#hasRoom(process))
        : emptiest([...processes], spread);
    const chosen = roomy ?? this.#fresh();
    chosen.places++;
    chosen.served++;
    if (!roomy) {
      processes.add(chosen);
      void chosen.exited.then(() => processes.delete(chosen));
    }
    this.#warming ??= setTimeout(() => this.#warmNow(), WARM_AFTER_MS).unref();
    return chosen;
  }

  /** Gives a place back; of the processes that are empty, an owner keeps one. */
  release(owner: object, process: RuntimeProcess): void {
    process.places--;
    if (process.places > 0) return;
    const others = [...(this.#owned.get(owner) ?? [])].filter((other) => other !== process);
    if (!this.#hasRoom(process) || others.some((other) => this.#hasRoom(other))) process.discard();
  }

  #warmNow(): void {
    this.#warming = undefined;
    this.warm();
  }

  #hasRoom({ alive, places, served }: RuntimeProcess): boolean {
    return alive && places < this.#perProcess && served < RUNTIMES_PER_LIFE;
  }

  /** Ends the processes of an owner who is gone. */
  async drop(owner: object): Promise<void> {
    const processes = [...(this.#owned.get(owner) ?? [])];
    this.#owned.delete(owner);
    this.#gone.add(owner);
    for (const process of processes) process.kill('Cancelled');
    await Promise.all(processes.map(({ exited }) => exited));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#warming);
    this.#spare?.discard();
    await Promise.all([
      this.#spare?.exited,
      ...[...this.#owned.keys()].map((one) => this.drop(one)),
    ]);
  }

  #fresh(): RuntimeProcess {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare?.alive ? spare : new RuntimeProcess();
  }
}

/** None while there are fewer processes than wanted, and none of them is empty. */
function emptiest(
  processes: readonly RuntimeProcess[],
  wanted: number,
): RuntimeProcess | undefined {
  const usable = processes.filter(({ alive, served }) => alive && served < RUNTIMES_PER_LIFE);
  const [first] = usable.toSorted((one, other) => one.places - other.places);
  return usable.length < wanted && first && first.places > 0 ? undefined : first;
}
