/** What reaches out of the guest, by the name of its capability; the rest is computing. */
const OUTSIDE = new Map<unknown, string>([
  ['fetch', 'fetch'],
  ['files', 'files'],
  ['websocket', 'WebSocket'],
  ['modules', 'import()'],
]);

/**
 * The time from a prefix's first line to the run that takes its isolate. Every spare repeats it, so
 * nothing of it may be seen outside: no call of the embedder, and no work that is left for later.
 */
export class Rehearsal {
  readonly #onBreach: (message: string) => void;
  #isOver = false;
  #pending = 0;
  #answered = 0;

  constructor(onBreach: (message: string) => void) {
    this.#onBreach = onBreach;
  }

  /** A run begins: from here on everything goes its way. */
  end(): void {
    this.#isOver = true;
  }

  /** Whether what the guest posts goes no further: lines of its console are dropped. */
  keepsBack(text: unknown): boolean {
    if (this.#isOver) return false;
    const called = calledIn(text);
    if (called !== undefined) this.#breach(called);
    return true;
  }

  /** Begins a call of the host's; to be ended by {@link leave}. */
  enter(capability: unknown): void {
    if (this.#isOver) return;
    const what = OUTSIDE.get(capability);
    if (what === undefined) this.#pending++;
    else this.#breach(what);
  }

  leave(): void {
    this.#answered++;
    if (this.#pending > 0) this.#pending--;
  }

  /** Calls of the host's that were answered: each sets the guest to work again. */
  get answered(): number {
    return this.#answered;
  }

  /** Whether the guest has nothing left to wait for. */
  get isAtRest(): boolean {
    return this.#pending === 0;
  }

  #breach(what: string): void {
    this.#onBreach(
      `The prefix called ${what} while it was evaluated, which is repeated ahead of runs: call it in the run`,
    );
  }
}

/** The name of what a frame of the port calls; `undefined` for one of nothing but console lines. */
function calledIn(text: unknown): string | undefined {
  try {
    const messages = JSON.parse(text as string) as unknown[][];
    const asked = messages.find(([kind]) => kind !== 'log' && kind !== 'drop');
    if (!asked) return undefined;
    const { t } = Object(asked[2]) as { t?: unknown };
    return typeof t === 'string' ? `'${t.slice(0, 128)}'` : 'its host';
  } catch {
    return 'its host';
  }
}
