import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { emit, hooks } from './hooks.ts';
import { callIn, emitInit, Execution, now, Scope } from './scope.ts';
import { callable } from './variable.ts';

const { defineProperty, isInteger, RangeError, TypeError } = primordials;

interface ResourceOptions {
  triggerAsyncId?: unknown;
}

export class AsyncResource {
  readonly #scope: Scope;

  constructor(type: unknown, options: ResourceOptions | number = {}) {
    if (typeof type !== 'string') throw invalidType();
    const given = typeof options === 'number' ? options : options.triggerAsyncId;
    const trigger = given === undefined ? now.scope.execution.asyncId : (given as number);
    if (!isInteger(trigger) || trigger < -1) throw invalidId(trigger);
    const execution = new Execution(type, trigger, this);
    this.#scope = new Scope(now.scope.mapping, execution);
    if (hooks.count > 0) emitInit(execution);
  }

  static bind(callback: unknown, type?: unknown, self?: unknown): Function {
    const { name } = callable(callback);
    const named = typeof name === 'string' && name !== '' ? name : 'bound-anonymous-fn';
    return new AsyncResource(type || named).bind(callback, self);
  }

  runInAsyncScope(callback: unknown, self?: unknown, ...args: unknown[]): unknown {
    return callIn(this.#scope, callable(callback), self, args);
  }

  bind(callback: unknown, self?: unknown): Function {
    const bound = callable(callback);
    const scope = this.#scope;
    const made = function (this: unknown, ...args: unknown[]): unknown {
      return callIn(scope, bound, self === undefined ? this : self, args);
    };
    const { length } = bound;
    defineProperty(made, 'length', record({ value: length, configurable: true }));
    return made;
  }

  emitDestroy(): this {
    if (hooks.count > 0) emit('destroy', [this.#scope.execution.asyncId]);
    return this;
  }

  asyncId(): number {
    return this.#scope.execution.asyncId;
  }

  triggerAsyncId(): number {
    return this.#scope.execution.triggerAsyncId;
  }
}

/** With the codes that Node's own have. */
function invalidType(): Error {
  return coded(new TypeError('The "type" argument must be of type string'), 'ERR_INVALID_ARG_TYPE');
}

function invalidId(id: unknown): Error {
  const text = typeof id === 'number' ? `${id}` : typeof id;
  const error = new RangeError(`Invalid triggerAsyncId value: ${text}`);
  return coded(error, 'ERR_INVALID_ASYNC_ID');
}

export function coded(error: Error, code: string): Error {
  const fields = { value: code, writable: true, enumerable: true, configurable: true };
  return defineProperty(error, 'code', record(fields));
}
