import { CofferdamError } from '@cofferdam/protocol';
import type { IsolateHost } from './isolate-host.ts';

export interface HostPoolOptions {
  /** Processes kept ready. Default 2: spares are made in one while the other runs. */
  processes: number;
  /** Processes at most; those beyond `processes` go when idle. */
  maxProcesses: number;
  /** Active runs in one process. 1 gives every run a process of its own. */
  runsPerProcess: number;
  create(): IsolateHost;
}

/** Runs after which a process is replaced: 10,000 left its memory within 5 % of 1,000. */
const RUNS_PER_LIFE = 50_000;
/**
 * A run waits so long for a place before one more process is started for it: short runs make room
 * sooner than a process starts, and a third process on two cores only takes turns with the others.
 */
const PATIENCE_MS = 50;
/** Idle processes beyond the ready ones are let go after this. */
const IDLE_MS = 30_000;

/** A process that ends sooner than this, unused, will do so again: the next one waits as long. */
const STILLBORN_MS = 1_000;

interface Seat {
  host: IsolateHost;
  openedAt: number;
  /** Places that are taken, by runs that began there or are about to. */
  taken: number;
  /** Runs in all. */
  runs: number;
  /** Nobody else is let in: its run may be what ended the last process. */
  exclusive: boolean;
  idleSince: number;
}

/** Who gets a place in which process. */
export class HostPool {
  readonly #options: HostPoolOptions;
  readonly #seats = new Set<Seat>();
  readonly #waiting = new Set<() => void>();
  #closed = false;
  killed = 0;

  constructor(options: HostPoolOptions) {
    this.#options = options;
  }

  get hosts(): IsolateHost[] {
    return [...this.#seats].map((seat) => seat.host);
  }

  /** Starts the processes that are kept ready. */
  warm(): void {
    while (!this.#closed && this.#seats.size < this.#options.processes) this.#open();
  }

  /**
   * Runs `use` with a place in a process, waiting for one in order of arrival. Throws `CANCELLED`
   * when the signal comes first, `SHUTTING_DOWN` when the pool is closed.
   */
  async withHost<T>(
    { alone, signal }: { alone: boolean; signal: AbortSignal },
    use: (host: IsolateHost) => Promise<T>,
  ): Promise<T> {
    const seat = await this.#acquire(alone, signal);
    try {
      return await use(seat.host);
    } finally {
      this.#release(seat);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const hosts = this.hosts;
    for (const host of hosts) host.kill('Cancelled');
    this.#wake();
    await Promise.all(hosts.map((host) => host.exited));
  }

  async #acquire(alone: boolean, signal: AbortSignal): Promise<Seat> {
    const patientUntil = performance.now() + PATIENCE_MS;
    for (;;) {
      if (this.#closed) throw new CofferdamError('SHUTTING_DOWN');
      if (signal.aborted) throw new CofferdamError('CANCELLED');
      const seat = alone
        ? this.#chooseExclusive()
        : this.#choose(performance.now() >= patientUntil);
      if (seat) {
        seat.runs++;
        seat.taken++;
        return seat;
      }
      // eslint-disable-next-line no-await-in-loop -- whoever was woken looks again
      await this.#change(signal);
    }
  }

  /** Resolves when a place may have become free, patience is over, or the signal is aborted. */
  #change(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const woken = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      resolve();
    };
    const aborted = () => {
      this.#waiting.delete(woken);
      woken();
    };
    const timer = setTimeout(aborted, PATIENCE_MS);
    this.#waiting.add(woken);
    signal.addEventListener('abort', aborted, { once: true });
    return promise;
  }

  /** The least busy process; of equals the one idle longest, whose spares have been refilled. */
  #choose(mayOpen: boolean): Seat | undefined {
    this.warm();
    let best: Seat | undefined;
    for (const seat of this.#seats) {
      if (seat.exclusive || !seat.host.alive || seat.taken >= this.#options.runsPerProcess)
        continue;
      if (!best || isBetter(seat, best)) best = seat;
    }
    if (best) return best;
    return mayOpen && this.#seats.size < this.#options.maxProcesses ? this.#open() : undefined;
  }

  #chooseExclusive(): Seat | undefined {
    const idle = [...this.#seats].find(
      (seat) => seat.host.alive && !seat.exclusive && seat.taken === 0,
    );
    // One beyond the maximum: without it a suspect would wait for the innocent.
    const seat =
      idle ?? (this.#seats.size <= this.#options.maxProcesses ? this.#open() : undefined);
    if (seat) seat.exclusive = true;
    return seat;
  }

  #open(): Seat {
    const host = this.#options.create();
    const seat: Seat = {
      host,
      openedAt: performance.now(),
      taken: 0,
      runs: 0,
      exclusive: false,
      idleSince: 0,
    };
    this.#seats.add(seat);
    void host.exited.then(() => {
      this.#seats.delete(seat);
      this.#replace(seat);
      this.#wake();
    });
    return seat;
  }

  #replace({ openedAt, runs }: Seat): void {
    if (this.#closed) return;
    this.killed++;
    const stillborn = runs === 0 && performance.now() - openedAt < STILLBORN_MS;
    if (stillborn) setTimeout(() => this.warm(), STILLBORN_MS).unref();
    else this.warm();
  }

  #release(seat: Seat): void {
    seat.taken--;
    seat.idleSince = performance.now();
    seat.exclusive = false;
    if (seat.runs >= RUNS_PER_LIFE && seat.taken === 0) seat.host.kill('Cancelled');
    this.#trim();
    this.#wake();
  }

  #trim(): void {
    if (this.#seats.size <= this.#options.processes) return;
    const timer = setTimeout(() => {
      const idle = [...this.#seats].filter(
        (seat) => seat.taken === 0 && performance.now() - seat.idleSince >= IDLE_MS,
      );
      const surplus = this.#seats.size - this.#options.processes;
      for (const seat of idle.slice(0, Math.max(0, surplus))) seat.host.kill('Cancelled');
    }, IDLE_MS + 10);
    timer.unref();
  }

  /** Everybody looks again: the first in line may wait for something that the next does not need. */
  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const woken of waiting) woken();
  }
}

function isBetter(seat: Seat, than: Seat): boolean {
  if (seat.taken !== than.taken) return seat.taken < than.taken;
  return seat.idleSince < than.idleSince;
}
