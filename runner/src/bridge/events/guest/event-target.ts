import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, list, record } from '../../../guest/interface.ts';
import { Event, isEvent, stateOf } from './event.ts';

const { apply, defineProperty, getOwnPropertyDescriptor, TypeError } = primordials;

interface Listener {
  type: string;
  callback: unknown;
  capture: boolean;
  once: boolean;
  passive: boolean;
  removed: boolean;
}

interface Handler {
  handler: unknown;
  listener: (event: Event) => void;
}

interface ListenerOptions {
  capture?: unknown;
  once?: unknown;
  passive?: unknown;
  signal?: { aborted: boolean; addEventListener(type: string, run: () => void): void };
}

const AT_TARGET = 2;
const { preventDefault } = Event.prototype;

/** Fires an event that the platform makes itself, such as a signal's `abort`. */
export let fire: (target: EventTarget, event: Event) => boolean;
/** Whether an object is an event target of the platform's, of whatever class. */
export let isEventTarget: (value: object) => boolean;
/** Calls back with the number of a target's listeners whenever it changes. */
export let watchListeners: (target: EventTarget, run: (count: number) => void) => void;
/** The handler of an `on…` attribute, which is one listener however often it is replaced. */
let handlerOf: (target: EventTarget, type: string) => unknown;
let setHandler: (target: EventTarget, type: string, handler: unknown) => void;

export class EventTarget {
  #listeners = list<Listener>();
  #handlers: Record<string, Handler> | undefined;
  #watcher: ((count: number) => void) | undefined;

  static {
    fire = (target, event) => {
      stateOf(event).isTrusted = true;
      return target.#dispatch(event);
    };
    watchListeners = (target, run) => {
      target.#watcher = run;
    };
    isEventTarget = (value) => #listeners in value;
    handlerOf = (target, type) => target.#handlers?.[type]?.handler ?? null;
    setHandler = (target, type, handler) => target.#setHandler(type, handler);
  }

  addEventListener(type: unknown, callback: unknown, options: unknown = undefined): void {
    const name = `${type as string}`;
    checkCallback(callback);
    const { capture, once, passive, signal } = optionsOf(options);
    if (signal?.aborted || callback === null || callback === undefined) return;
    if (this.#find(name, callback, !!capture) !== -1) return;
    const fields = { capture: !!capture, once: !!once, passive: !!passive, removed: false };
    this.#add(record({ type: name, callback, ...fields }));
    signal?.addEventListener('abort', () => this.#remove(name, callback, !!capture));
  }

  removeEventListener(type: unknown, callback: unknown, options: unknown = undefined): void {
    checkCallback(callback);
    this.#remove(`${type as string}`, callback, captureOf(options));
  }

  dispatchEvent(event: unknown): boolean {
    if (!isEvent(event)) throw new TypeError('The argument is no Event');
    if (stateOf(event).isDispatching) {
      const { DOMException } = core.use('exception');
      throw new DOMException('The event is being dispatched already', 'InvalidStateError');
    }
    stateOf(event).isTrusted = false;
    return this.#dispatch(event);
  }

  #setHandler(type: string, given: unknown): void {
    const isObject = (typeof given === 'object' && given !== null) || typeof given === 'function';
    this.#handlers ??= record<Record<string, Handler>>({});
    const known = this.#handlers[type];
    if (known && isObject) {
      known.handler = given;
    } else if (known) {
      this.#remove(type, known.listener, false);
      delete this.#handlers[type];
    } else if (isObject) {
      const listener = (event: Event) => runHandler(entry.handler, this, event);
      const entry = record<Handler>({ handler: given, listener });
      this.#handlers[type] = entry;
      const fields = { capture: false, once: false, passive: false, removed: false };
      this.#add(record({ type, callback: listener, ...fields }));
    }
  }

  #add(listener: Listener): void {
    this.#listeners[this.#listeners.length] = listener;
    this.#watcher?.(this.#listeners.length);
  }

  #find(type: string, callback: unknown, capture: boolean): number {
    for (let i = 0; i < this.#listeners.length; i++) {
      const entry = this.#listeners[i]!;
      const same = entry.type === type && entry.callback === callback;
      if (same && entry.capture === capture) return i;
    }
    return -1;
  }

  #remove(type: string, callback: unknown, capture: boolean): void {
    const at = this.#find(type, callback, capture);
    if (at === -1) return;
    this.#listeners[at]!.removed = true;
    // A new list: a dispatch under way goes on over the one it began with.
    const rest = list<Listener>();
    for (let i = 0; i < this.#listeners.length; i++) {
      if (i !== at) rest[rest.length] = this.#listeners[i]!;
    }
    this.#listeners = rest;
    this.#watcher?.(rest.length);
  }

  #dispatch(event: Event): boolean {
    const state = stateOf(event);
    state.isDispatching = true;
    state.target = this;
    state.currentTarget = this;
    state.phase = AT_TARGET;
    const listeners = this.#listeners;
    const count = listeners.length;
    if (!state.isStopped) {
      this.#callAll(event, listeners, count, true);
      if (!state.isStopped) this.#callAll(event, listeners, count, false);
    }
    state.isDispatching = false;
    state.currentTarget = null;
    state.phase = 0;
    state.isStopped = false;
    state.isStoppedNow = false;
    return !event.defaultPrevented;
  }

  #callAll(event: Event, listeners: Listener[], count: number, capture: boolean): void {
    const state = stateOf(event);
    for (let i = 0; i < count && !state.isStoppedNow; i++) {
      const listener = listeners[i]!;
      if (listener.removed || listener.type !== event.type) continue;
      if (listener.capture !== capture) continue;
      if (listener.once) this.#remove(listener.type, listener.callback, capture);
      state.isPassive = listener.passive;
      try {
        callListener(listener.callback, this, event);
      } catch (error) {
        // As in Node: what a listener throws is nobody's to catch and ends the run.
        core.fail(error);
      }
      state.isPassive = false;
    }
  }
}

defineInterface(EventTarget, 'EventTarget');

function checkCallback(callback: unknown): void {
  const kind = typeof callback;
  if (kind === 'function' || kind === 'object' || kind === 'undefined') return;
  throw new TypeError('The listener must be a function or an object with handleEvent');
}

/** All that matters when a listener is taken away; nothing else of the options is read. */
function captureOf(options: unknown): boolean {
  const isObject = typeof options === 'object' && options !== null;
  return isObject || typeof options === 'function'
    ? !!(options as ListenerOptions).capture
    : !!options;
}

function optionsOf(options: unknown): ListenerOptions {
  if (typeof options === 'boolean') return record({ capture: options });
  if ((typeof options !== 'object' && typeof options !== 'function') || options === null) {
    return record({});
  }
  const { capture, once, passive, signal } = options as ListenerOptions;
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new TypeError('signal must be an AbortSignal');
  }
  return record({ capture, once, passive, ...(signal && { signal }) });
}

function callListener(callback: unknown, target: object, event: Event): void {
  if (typeof callback === 'function') {
    apply(callback, target, [event]);
    return;
  }
  const { handleEvent } = callback as { handleEvent?: unknown };
  if (typeof handleEvent !== 'function') throw new TypeError('handleEvent is no function');
  apply(handleEvent, callback, [event]);
}

function runHandler(handler: unknown, target: object, event: Event): void {
  if (typeof handler !== 'function') return;
  if (apply(handler, target, [event]) === false) apply(preventDefault, event, []);
}

/** Gives a class `on…` attributes; `onSet` hears of every assignment. */
export function defineHandlers(
  constructor: Function,
  types: readonly string[],
  onSet: (target: EventTarget, type: string) => void = nothing,
): void {
  for (let i = 0; i < types.length; i++) {
    const type = types[i]!;
    const accessors = {
      get [`on${type}`](): unknown {
        return handlerOf(this as never, type);
      },
      set [`on${type}`](handler: unknown) {
        setHandler(this as never, type, handler);
        onSet(this as never, type);
      },
    };
    const descriptor = record(getOwnPropertyDescriptor(accessors, `on${type}`)!);
    defineProperty(constructor.prototype as object, `on${type}`, descriptor);
  }
}

function nothing(): void {}
