import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { callIn, capture, type Scope } from './scope.ts';

const { defineProperty, Promise, promiseThen } = primordials;

type Callback = ((value: unknown) => unknown) | undefined;

/** `catch`, `finally`, `Promise.all` and all the others of the language call this one. */
const patched = {
  thenInScope(this: Promise<unknown>, onFulfilled: unknown, onRejected: unknown): unknown {
    const isIdle = typeof onFulfilled !== 'function' && typeof onRejected !== 'function';
    if (isIdle) return promiseThen(this, onFulfilled as never, onRejected as never);
    const later = record<{ scope: Scope | undefined }>({ scope: undefined });
    const made = promiseThen(
      this,
      inScope(onFulfilled, later) as never,
      inScope(onRejected, later) as never,
    );
    later.scope = capture('PROMISE', made);
    return made;
  },
};

function inScope(callback: unknown, later: { scope: Scope | undefined }): Callback {
  if (typeof callback !== 'function') return callback as undefined;
  return (value) => callIn(later.scope!, callback, undefined, [value]);
}

export function patchThen(): void {
  const { thenInScope: value } = patched;
  defineProperty(value, 'name', record({ value: 'then', configurable: true }));
  const fields = { value, writable: true, enumerable: false, configurable: true };
  defineProperty(Promise.prototype, 'then', record(fields));
}
