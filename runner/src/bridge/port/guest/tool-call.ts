import { primordials } from '../../../guest/captured.ts';
import { hardened, record } from '../../../guest/interface.ts';

const { asyncIterator, defineProperty, freeze, isPrototypeOf, Promise, promiseThen } = primordials;
const { setPrototypeOf, TypeError } = primordials;

type Method = 'next' | 'return' | 'throw';
type Steps = Partial<Record<Method, (value: unknown) => Promise<unknown>>>;

/**
 * What a tool's call answers is a promise, and iterable as well: what it comes to is iterated. By a
 * prototype between it and the promises', so that a call costs no property of its own.
 */
const callPrototype: object = record({});
setPrototypeOf(callPrototype, Promise.prototype);
defineProperty(
  callPrototype,
  asyncIterator,
  record({ value: iterate, writable: true, configurable: true }),
);

freeze(callPrototype);

export function iterableCall(promise: Promise<unknown>): Promise<unknown> {
  return setPrototypeOf(promise, callPrototype) as Promise<unknown>;
}

function iterate(this: Promise<unknown>): object {
  if (!isPrototypeOf(Promise.prototype, this)) throw new TypeError('Not a call of a tool');
  // A promise of ours, which a guest's constructor has no part in.
  const steps = hardened(new Promise<unknown>((resolve) => resolve(this)));
  const made = {
    next: (value: unknown) => step(steps, 'next', value),
    return: (value: unknown) => step(steps, 'return', value),
    throw: (value: unknown) => step(steps, 'throw', value),
  };
  const self = record({ value: () => made, writable: true, configurable: true });
  return defineProperty(made, asyncIterator, self);
}

function step(steps: Promise<unknown>, method: Method, value: unknown): Promise<unknown> {
  return promiseThen(steps, (result: unknown) => {
    const iterator = result as Steps | null | undefined;
    if (typeof iterator !== 'object' || iterator === null || !iterator[method]) {
      throw new TypeError('What the tool answered is not iterable');
    }
    return iterator[method](value);
  });
}
