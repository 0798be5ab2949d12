import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { emit, hooks } from './hooks.ts';
import type { Mapping } from './mapping.ts';

const { apply } = primordials;

/** What is being executed, as `async_hooks` names it. */
export class Execution {
  asyncId: number;
  triggerAsyncId: number;
  type: string;
  /** The engine itself began it, on its way to or from the host: hooks are not told. */
  isQuiet = false;
  #resource: object | undefined;

  constructor(type: string, triggerAsyncId: number, resource?: object) {
    this.asyncId = ++lastId;
    this.triggerAsyncId = triggerAsyncId;
    this.type = type;
    this.#resource = resource;
  }

  /** Guest code may write on it; most are never asked for. */
  get resource(): object {
    return (this.#resource ??= {});
  }
}
let lastId = 0;

/** One stretch of execution without a break. Only `enterWith` changes the mapping of one. */
export class Scope {
  mapping: Mapping;
  readonly execution: Execution;

  constructor(mapping: Mapping, execution: Execution) {
    this.mapping = mapping;
    this.execution = execution;
  }
}

/**
 * Of code that nothing has put into a scope: it has no values. Its mapping is never changed, since
 * nobody would take the change back before the next task.
 */
export const BASE = new Scope(undefined, new Execution('', 0));

/** A place that is written to without a call, which a full stack would have no room for. */
export const now = record({ scope: BASE });

/** An operation that begins now and continues later: the scope of its continuation. */
export function capture(type: string, resource?: object): Scope {
  const execution = new Execution(type, now.scope.execution.asyncId, resource);
  if (now.scope === BASE) execution.isQuiet = true;
  else if (hooks.count > 0) emitInit(execution);
  return new Scope(now.scope.mapping, execution);
}

export function emitInit(execution: Execution): void {
  const { asyncId, type, triggerAsyncId } = execution;
  emit('init', [asyncId, type, triggerAsyncId, execution.resource]);
}

/** Calls back in a scope of the same execution, with other values. */
export function callWith(mapping: Mapping, callback: Function, self: unknown, args: unknown[]) {
  const outer = now.scope;
  now.scope = new Scope(mapping, outer.execution);
  try {
    return apply(callback, self, args) as unknown;
  } finally {
    now.scope = outer;
  }
}

/** Calls back what was captured; a new scope each time, for those that are called back repeatedly. */
export function callIn(captured: Scope, callback: Function, self: unknown, args: unknown[]) {
  const outer = now.scope;
  const { execution } = captured;
  now.scope = new Scope(captured.mapping, execution);
  try {
    if (hooks.count === 0 || execution.isQuiet) return apply(callback, self, args) as unknown;
    return callHooked(execution, callback, self, args);
  } finally {
    now.scope = outer;
  }
}

function callHooked(execution: Execution, callback: Function, self: unknown, args: unknown[]) {
  emit('before', [execution.asyncId]);
  try {
    return apply(callback, self, args) as unknown;
  } finally {
    if (execution.type === 'PROMISE') emit('promiseResolve', [execution.asyncId]);
    emit('after', [execution.asyncId]);
  }
}
