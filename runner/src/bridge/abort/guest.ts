import { core, primordials } from '../../guest/captured.ts';
import type { GuestGroup } from '../../guest/core.ts';
import { defineInterface, list } from '../../guest/interface.ts';
import type { EventsGroup } from '../events/guest.ts';

const { TypeError, WeakRef, weakRefDeref } = primordials;
const { Event, EventTarget, fire } = core.use<EventsGroup>('events');

type Algorithm = () => void;

const KEY = {};
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Aborts a signal: what a controller does, and what no guest can do to a signal it was given. */
let abort: (signal: AbortSignal, reason: unknown) => void;
/** Runs before the `abort` event; the answer takes it back. */
let addAlgorithm: (signal: AbortSignal, run: Algorithm) => Algorithm;
let isSignal: (value: unknown) => value is AbortSignal;

class AbortSignal extends EventTarget {
  #aborted = false;
  #reason: unknown;
  #algorithms = list<Algorithm>();
  /** Signals made of this one by `any`. Weak: a long-lived signal must not keep short-lived ones. */
  #dependents = list<WeakRef<AbortSignal>>();
  #sources = list<AbortSignal>();
  #onabort: unknown = null;

  static {
    isSignal = (value): value is AbortSignal =>
      typeof value === 'object' && value !== null && #aborted in value;
    abort = (signal, reason) => signal.#abort(reason);
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
    signal.#reason = reason ?? abortError();
    return signal;
  }

  static timeout(ms: unknown): AbortSignal {
    const delay = +(ms as number);
    if (!(delay >= 0)) throw new TypeError('The timeout must be a number of milliseconds');
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
    const made = new AbortSignal(KEY);
    for (let i = 0; i < given.length; i++) {
      const source = given[i]!;
      if (source.#aborted) {
        made.#aborted = true;
        made.#reason = source.#reason;
        return made;
      }
    }
    for (let i = 0; i < given.length; i++) made.#follow(given[i]!);
    return made;
  }

  get aborted(): boolean {
    return this.#aborted;
  }
  get reason(): unknown {
    return this.#reason;
  }
  get onabort(): unknown {
    return this.#onabort;
  }
  set onabort(handler: unknown) {
    if (typeof this.#onabort === 'function') this.removeEventListener('abort', this.#onabort);
    this.#onabort = typeof handler === 'function' ? handler : null;
    if (this.#onabort) this.addEventListener('abort', this.#onabort);
  }
  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  #follow(source: AbortSignal): void {
    source.#dependents[source.#dependents.length] = new WeakRef(this);
    this.#sources[this.#sources.length] = source;
  }

  #abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason === undefined ? abortError() : reason;
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
    for (let i = 0; i < followers.length; i++) followers[i]!.#announceDeep();
  }

  #announceDeep(): void {
    this.#aborted = false;
    this.#abort(this.#reason);
  }

  #announce(): void {
    const algorithms = this.#algorithms;
    this.#algorithms = list<Algorithm>();
    for (let i = 0; i < algorithms.length; i++) algorithms[i]!();
    fire(this, new Event('abort'));
  }
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

defineInterface(AbortSignal, 'AbortSignal');
defineInterface(AbortController, 'AbortController');

/** What other groups use of this one; only the classes are globals. */
export interface AbortGroup {
  AbortController: typeof AbortController;
  AbortSignal: typeof AbortSignal;
  addAlgorithm: typeof addAlgorithm;
  isSignal: typeof isSignal;
}

export const install: GuestGroup = () => ({
  AbortController,
  AbortSignal,
  addAlgorithm,
  isSignal,
});
