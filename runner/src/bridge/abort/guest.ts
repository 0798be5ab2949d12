import { core, primordials } from '../../guest/captured.ts';
import type { GuestGroup } from '../../guest/core.ts';
import { defineInterface, list } from '../../guest/interface.ts';
import type { EventsGroup } from '../events/guest.ts';

const { Set, setAdd, setDelete, trunc, TypeError, WeakRef, weakRefDeref } = primordials;
const { defineHandlers, Event, EventTarget, fire, watchListeners } =
  core.use<EventsGroup>('events');

type Algorithm = () => void;

const KEY = {};
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const MAX_SAFE = 2 ** 53 - 1;
/** Dead dependents are looked for when there are at least so many. */
const SWEEP_SIZE = 64;

/** Aborts a signal: what a controller does, and what no guest can do to a signal it was given. */
let abort: (signal: AbortSignal, reason: unknown) => void;
/** Runs before the `abort` event; the answer takes it back. */
let addAlgorithm: (signal: AbortSignal, run: Algorithm) => Algorithm;
/** A signal that is aborted with the first of those given. */
let dependentOf: (given: readonly AbortSignal[]) => AbortSignal;
let isSignal: (value: unknown) => value is AbortSignal;

class AbortSignal extends EventTarget {
  #aborted = false;
  #reason: unknown;
  #algorithms = list<Algorithm>();
  /** Signals made of this one by `any`. Weak: a long-lived signal must not keep short-lived ones. */
  #dependents = list<WeakRef<AbortSignal>>();
  #sweepAt = SWEEP_SIZE;
  /** Those of them that have listeners: whoever waits for an event need not hold its target. */
  #heard: Set<AbortSignal> | undefined;
  /** What one made by `any` follows: signals that follow none themselves. */
  #sources: AbortSignal[] | undefined;

  static {
    isSignal = (value): value is AbortSignal =>
      typeof value === 'object' && value !== null && #aborted in value;
    abort = (signal, reason) => signal.#abort(reason);
    dependentOf = (given) => AbortSignal.#dependentOf(given);
    addAlgorithm = (signal, run) => {
      const algorithms = signal.#algorithms;
      algorithms[algorithms.length] = run;
      return () => {
        for (let i = 0; i < algorithms.length; i++) {
          if (algorithms[i] === run) algorithms[i] = nothing;
        }
      };
    };
  }

  constructor(key: unknown) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    super();
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal(KEY);
    signal.#aborted = true;
    signal.#reason = reason === undefined ? abortError() : reason;
    return signal;
  }

  static timeout(ms: unknown): AbortSignal {
    // Web IDL's `[EnforceRange] unsigned long long`.
    const delay = trunc(+(ms as number));
    if (!(delay >= 0 && delay <= MAX_SAFE)) {
      throw new TypeError('The timeout must be a number of milliseconds');
    }
    const signal = new AbortSignal(KEY);
    const { setTimeout } = core.use('timers');
    const { DOMException } = core.use('exception');
    const expire = () => signal.#abort(new DOMException('The operation timed out', 'TimeoutError'));
    setTimeout(expire, delay < MAX_TIMEOUT_MS ? delay : MAX_TIMEOUT_MS);
    return signal;
  }

  static any(signals: Iterable<unknown>): AbortSignal {
    const given = list<AbortSignal>();
    const walk = signals[primordials.iterator]();
    for (let step = walk.next(); !step.done; step = walk.next()) {
      if (!isSignal(step.value)) throw new TypeError('Every member must be an AbortSignal');
      given[given.length] = step.value;
    }
    return dependentOf(given);
  }

  get aborted(): boolean {
    return this.#aborted;
  }
  get reason(): unknown {
    return this.#reason;
  }
  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  static #dependentOf(given: readonly AbortSignal[]): AbortSignal {
    const made = new AbortSignal(KEY);
    made.#sources = list<AbortSignal>();
    for (let i = 0; i < given.length; i++) {
      const source = given[i]!;
      if (!source.#aborted) continue;
      made.#aborted = true;
      made.#reason = source.#reason;
      return made;
    }
    for (let i = 0; i < given.length; i++) made.#follow(given[i]!);
    watchListeners(made, (count) => made.#hold(count > 0));
    return made;
  }

  #follow(given: AbortSignal): void {
    // One that was made to follow none is aborted itself, as a served request's is.
    const own = given.#sources;
    const sources = own && own.length > 0 ? own : only(given);
    for (let i = 0; i < sources.length; i++) this.#followSource(sources[i]!);
  }

  #followSource(source: AbortSignal): void {
    const known = this.#sources!;
    for (let i = 0; i < known.length; i++) if (known[i] === source) return;
    known[known.length] = source;
    if (source.#dependents.length >= source.#sweepAt) source.#sweep();
    source.#dependents[source.#dependents.length] = new WeakRef(this);
  }

  #hold(isHeard: boolean): void {
    const sources = this.#sources!;
    for (let i = 0; i < sources.length; i++) {
      const source = sources[i]!;
      if (isHeard && !source.#aborted) setAdd((source.#heard ??= new Set<AbortSignal>()), this);
      else if (source.#heard) setDelete(source.#heard, this);
    }
  }

  /** A signal that lives as long as its script has a dependent for each of its requests. */
  #sweep(): void {
    const live = list<WeakRef<AbortSignal>>();
    for (let i = 0; i < this.#dependents.length; i++) {
      const dependent = this.#dependents[i]!;
      if (weakRefDeref(dependent)) live[live.length] = dependent;
    }
    this.#dependents = live;
    this.#sweepAt = live.length * 2 + SWEEP_SIZE;
  }

  #abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason === undefined ? abortError() : reason;
    this.#heard = undefined;
    const followers = list<AbortSignal>();
    for (let i = 0; i < this.#dependents.length; i++) {
      const follower = weakRefDeref(this.#dependents[i]) as AbortSignal | undefined;
      if (!follower || follower.#aborted) continue;
      // All are aborted before any listener runs, as the standard has it.
      follower.#aborted = true;
      follower.#reason = this.#reason;
      followers[followers.length] = follower;
    }
    this.#announce();
    for (let i = 0; i < followers.length; i++) followers[i]!.#announce();
  }

  #announce(): void {
    const algorithms = this.#algorithms;
    this.#algorithms = list<Algorithm>();
    for (let i = 0; i < algorithms.length; i++) algorithms[i]!();
    fire(this, new Event('abort'));
  }
}

function only(signal: AbortSignal): AbortSignal[] {
  const signals = list<AbortSignal>();
  signals[0] = signal;
  return signals;
}

function nothing(): void {}

function abortError(): unknown {
  const { DOMException } = core.use('exception');
  return new DOMException('This operation was aborted', 'AbortError');
}

class AbortController {
  readonly #signal = new AbortSignal(KEY);

  get signal(): AbortSignal {
    return this.#signal;
  }
  abort(reason?: unknown): void {
    abort(this.#signal, reason);
  }
}

defineHandlers(AbortSignal, ['abort']);
defineInterface(AbortSignal, 'AbortSignal', 0);
defineInterface(AbortController, 'AbortController');

/** What other groups use of this one; only the classes are globals. */
export interface AbortGroup {
  AbortController: typeof AbortController;
  AbortSignal: typeof AbortSignal;
  abort: typeof abort;
  addAlgorithm: typeof addAlgorithm;
  dependentOf: typeof dependentOf;
  isSignal: typeof isSignal;
}

export const install: GuestGroup = () => ({
  AbortController,
  AbortSignal,
  abort: (signal: AbortSignal, reason: unknown) => abort(signal, reason),
  addAlgorithm,
  dependentOf,
  isSignal,
});
