import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { AsyncResource, coded } from './async-resource.ts';
import { disable, enable, type Hook, type HookName } from './hooks.ts';
import { AsyncLocalStorage } from './local-storage.ts';
import { now } from './scope.ts';

const { freeze, TypeError } = primordials;

class AsyncHook {
  readonly #hook: Hook;

  constructor(callbacks: { [name in HookName]?: unknown }) {
    const { init, before, after, destroy, promiseResolve } = callbacks;
    this.#hook = record<Hook>({
      self: this,
      init: optional('init', init),
      before: optional('before', before),
      after: optional('after', after),
      destroy: optional('destroy', destroy),
      promiseResolve: optional('promiseResolve', promiseResolve),
    });
  }

  enable(): this {
    enable(this.#hook);
    return this;
  }

  disable(): this {
    disable(this.#hook);
    return this;
  }
}

function optional(name: HookName, callback: unknown): Function | undefined {
  if (callback === undefined || typeof callback === 'function') return callback;
  throw coded(new TypeError(`hook.${name} must be a function`), 'ERR_ASYNC_CALLBACK');
}

const functions = {
  createHook: (callbacks: { [name in HookName]?: unknown }) => new AsyncHook(callbacks),
  executionAsyncId: () => now.scope.execution.asyncId,
  triggerAsyncId: () => now.scope.execution.triggerAsyncId,
  executionAsyncResource: () => now.scope.execution.resource,
};

/** The types of what the platform itself begins, with numbers as Node's table has. */
const asyncWrapProviders = freeze(record({ NONE: 0, PROMISE: 1, Timeout: 2, Microtask: 3 }));

/** What `node:async_hooks` exports. */
export const asyncHooks = freeze(
  record({ AsyncLocalStorage, AsyncResource, ...functions, asyncWrapProviders }),
);
