import { core, primordials } from '../../guest/captured.ts';
import type { GuestGroup } from '../../guest/core.ts';
import { defineInterface, hardened } from '../../guest/interface.ts';

const { apply, promiseThen, resolvedPromise, TypeError } = primordials;

const KEY = {};

class Navigator {
  constructor(key: unknown) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
  }
  get userAgent(): string {
    return 'Cofferdam';
  }
}

defineInterface(Navigator, 'Navigator', 0);

const functions = {
  queueMicrotask(callback: unknown): void {
    if (typeof callback !== 'function') throw new TypeError('The callback must be a function');
    const carried = core.carry(callback, 'Microtask', true);
    const run = () => {
      try {
        apply(carried, undefined, []);
      } catch (error) {
        core.fail(error);
      }
    };
    promiseThen(hardened(resolvedPromise()), run);
  },
};

export const install: GuestGroup = () => ({
  queueMicrotask: functions.queueMicrotask,
  navigator: new Navigator(KEY),
});
