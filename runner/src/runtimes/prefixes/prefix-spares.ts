import type { PreparedIsolate } from './prepared-isolate.ts';
import type { SpareShelf } from './spare-shelf.ts';

export interface PrefixSparesOptions {
  shelf: SpareShelf;
  /** Makes one. Throws `PrefixFailure`. */
  prepare(memoryBytes: number): Promise<PreparedIsolate>;
}

/** Of one prefix: runs that begin at once find as many. */
const MAX_SPARES = 8;
/** Without a run for so long a prefix keeps one spare. */
const IDLE_MS = 30_000;

/** How many isolates of one prefix are made ahead: one, and more when runs find none. */
export class PrefixSpares {
  readonly #options: PrefixSparesOptions;
  readonly #idle: NodeJS.Timeout;
  #wanted = 1;
  #running = 0;
  #memoryBytes: number;
  /** The one that is being made ahead. */
  #coming: Promise<PreparedIsolate | undefined> | undefined;
  #isOver = false;

  constructor(options: PrefixSparesOptions, memoryBytes: number) {
    this.#options = options;
    this.#memoryBytes = memoryBytes;
    this.#idle = setTimeout(() => this.#shrink(), IDLE_MS).unref();
  }

  /** An isolate for a run, and whether it was there already. Throws `PrefixFailure`. */
  async take(memoryBytes: number): Promise<{ isolate: PreparedIsolate; isSpare: boolean }> {
    this.#running++;
    this.#memoryBytes = memoryBytes;
    this.#idle.refresh();
    const spare = this.#options.shelf.take(this, memoryBytes) ?? (await this.#claimComing());
    if (spare) return { isolate: spare, isSpare: true };
    this.#wanted = Math.min(MAX_SPARES, this.#wanted * 2);
    return { isolate: await this.#options.prepare(memoryBytes), isSpare: false };
  }

  /** A run has ended, or could not begin: a new isolate is made when nobody needs the machine. */
  giveBack(): void {
    this.#running--;
    this.refill();
  }

  refill(): void {
    if (this.#isOver || this.#coming) return;
    const there = this.#options.shelf.count(this);
    // While others run, what is made takes from them: only the last spare is worth that.
    if (there >= this.#wanted || (this.#running > 0 && there > 0)) return;
    const coming = this.#options.prepare(this.#memoryBytes).catch(() => undefined);
    this.#coming = coming;
    void coming.then((isolate) => this.#arrived(coming, isolate));
  }

  /** Puts back what was not used after all. */
  add(isolate: PreparedIsolate): void {
    if (this.#isOver) isolate.dispose();
    else this.#options.shelf.add(this, isolate);
  }

  close(): void {
    this.#isOver = true;
    clearTimeout(this.#idle);
    this.#options.shelf.trim(this, 0);
  }

  /** A failure stays one: the next run meets it, and tells of it. */
  #arrived(
    coming: Promise<PreparedIsolate | undefined>,
    isolate: PreparedIsolate | undefined,
  ): void {
    if (this.#coming !== coming) return;
    this.#coming = undefined;
    if (!isolate) return;
    this.add(isolate);
    this.refill();
  }

  /** The one that is being made is there sooner than one that is begun now. */
  async #claimComing(): Promise<PreparedIsolate | undefined> {
    const coming = this.#coming;
    this.#coming = undefined;
    const isolate = await coming;
    if (!isolate || isolate.memoryBytes >= this.#memoryBytes) return isolate;
    isolate.dispose();
    return undefined;
  }

  #shrink(): void {
    this.#wanted = 1;
    this.#options.shelf.trim(this, 1);
  }
}
