import { emit, hooks } from './hooks.ts';
import { callIn, callWith, capture, now } from './scope.ts';

/** A guest's callback for the platform to call later, in the context of now; see `GuestCore.carry`. */
export function carry<F extends Function>(callback: F, type?: string, isOnce?: boolean): F {
  return (type === undefined ? inMapping(callback) : inScope(callback, type, isOnce)) as never;
}

function inMapping(callback: Function): Function {
  const { mapping } = now.scope;
  return function (this: unknown, ...args: unknown[]): unknown {
    return callWith(mapping, callback, this, args);
  };
}

function inScope(callback: Function, type: string, isOnce = false): Function {
  const scope = capture(type);
  return function (this: unknown, ...args: unknown[]): unknown {
    try {
      return callIn(scope, callback, this, args);
    } finally {
      if (isOnce && hooks.count > 0) emit('destroy', [scope.execution.asyncId]);
    }
  };
}
