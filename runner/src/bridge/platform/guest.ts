import { core, primordials } from '../../guest/captured.ts';
import type { GuestGroup } from '../../guest/core.ts';
import { defineInterface, hardened } from '../../guest/interface.ts';
import type { EventsGroup } from '../events/guest.ts';

const { apply, dateNow, promiseThen, resolvedPromise, TypeError } = primordials;
const { EventTarget } = core.use<EventsGroup>('events');

const KEY = {};

/** Whole milliseconds: a finer clock would measure what other runs leave in the machine's caches. */
class Performance extends EventTarget {
  readonly #timeOrigin = dateNow();

  constructor(key: unknown) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    super();
  }
  get timeOrigin(): number {
    return this.#timeOrigin;
  }
  now(): number {
    return dateNow() - this.#timeOrigin;
  }
  toJSON(): { timeOrigin: number } {
    return { timeOrigin: this.#timeOrigin };
  }
}

class Navigator {
  constructor(key: unknown) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
  }
  get userAgent(): string {
    return 'Cofferdam';
  }
}

defineInterface(Performance, 'Performance');
defineInterface(Navigator, 'Navigator');

const functions = {
  queueMicrotask(callback: unknown): void {
    if (typeof callback !== 'function') throw new TypeError('The callback must be a function');
    const run = () => {
      try {
        apply(callback, undefined, []);
      } catch (error) {
        core.fail(error);
      }
    };
    promiseThen(hardened(resolvedPromise()), run);
  },
};

export const install: GuestGroup = () => ({
  queueMicrotask: functions.queueMicrotask,
  performance: new Performance(KEY),
  navigator: new Navigator(KEY),
});
