import { primordials } from '../../../guest/captured.ts';
import { defineConstants, defineInterface, record } from '../../../guest/interface.ts';

const { apply, dateNow, defineProperty, getOwnPropertyDescriptor, TypeError } = primordials;

/** An event's time is never 0, as the clock stands still while code runs. */
const startedAt = dateNow() - 1;

interface EventInit {
  bubbles?: unknown;
  cancelable?: unknown;
  composed?: unknown;
}

/** What dispatching an event needs of it and a guest must not have. */
export interface EventState {
  target: object | null;
  currentTarget: object | null;
  phase: number;
  isDispatching: boolean;
  isStopped: boolean;
  isStoppedNow: boolean;
  isPassive: boolean;
  /** Whether the platform fired it, and no guest. */
  isTrusted: boolean;
}

/** The inner state of an event; the class hands out the only way to it, to this group alone. */
export let stateOf: (event: Event) => EventState;
export let isEvent: (value: unknown) => value is Event;

export class Event {
  #type: string;
  #bubbles: boolean;
  #cancelable: boolean;
  readonly #composed: boolean;
  readonly #timeStamp = dateNow() - startedAt;
  #isCanceled = false;
  readonly #state: EventState = record({
    target: null,
    currentTarget: null,
    phase: 0,
    isDispatching: false,
    isStopped: false,
    isStoppedNow: false,
    isPassive: false,
    isTrusted: false,
  });

  static {
    stateOf = (event) => event.#state;
    isEvent = (value): value is Event =>
      typeof value === 'object' && value !== null && #state in value;
  }

  constructor(type: unknown, init: EventInit = {}) {
    if (arguments.length === 0) throw new TypeError('An event needs a type');
    this.#type = `${type as string}`;
    const fields = init ?? record({});
    this.#bubbles = !!fields.bubbles;
    this.#cancelable = !!fields.cancelable;
    this.#composed = !!fields.composed;
    defineProperty(this, 'isTrusted', TRUSTED);
  }

  get type(): string {
    return this.#type;
  }
  get target(): object | null {
    return this.#state.target;
  }
  get srcElement(): object | null {
    return this.#state.target;
  }
  get currentTarget(): object | null {
    return this.#state.currentTarget;
  }
  get eventPhase(): number {
    return this.#state.phase;
  }
  get bubbles(): boolean {
    return this.#bubbles;
  }
  get cancelable(): boolean {
    return this.#cancelable;
  }
  get composed(): boolean {
    return this.#composed;
  }
  get defaultPrevented(): boolean {
    return this.#isCanceled;
  }
  get returnValue(): boolean {
    return !this.#isCanceled;
  }
  set returnValue(value: unknown) {
    if (!value) this.preventDefault();
  }
  get timeStamp(): number {
    return this.#timeStamp;
  }
  get cancelBubble(): boolean {
    return this.#state.isStopped;
  }
  set cancelBubble(value: unknown) {
    if (value) this.#state.isStopped = true;
  }

  initEvent(type: unknown, bubbles: unknown = false, cancelable: unknown = false): void {
    if (arguments.length === 0) throw new TypeError('An event needs a type');
    const name = `${type as string}`;
    if (this.#state.isDispatching) return;
    this.#type = name;
    this.#bubbles = !!bubbles;
    this.#cancelable = !!cancelable;
    this.#isCanceled = false;
    this.#state.isStopped = false;
    this.#state.isStoppedNow = false;
    this.#state.isTrusted = false;
    this.#state.target = null;
  }
  composedPath(): object[] {
    const { currentTarget } = this.#state;
    return currentTarget === null ? [] : [currentTarget];
  }
  stopPropagation(): void {
    this.#state.isStopped = true;
  }
  stopImmediatePropagation(): void {
    this.#state.isStopped = true;
    this.#state.isStoppedNow = true;
  }
  preventDefault(): void {
    if (this.#cancelable && !this.#state.isPassive) this.#isCanceled = true;
  }
}

/** Each event has this property as its own, with one getter for all: Web IDL's LegacyUnforgeable. */
const TRUSTED = record({
  ...getOwnPropertyDescriptor(
    {
      get isTrusted(): boolean {
        return stateOf(this as never).isTrusted;
      },
    },
    'isTrusted',
  ),
  configurable: false,
});

const { initEvent } = Event.prototype;

export class CustomEvent extends Event {
  #detail: unknown;

  constructor(type: unknown, init: EventInit & { detail?: unknown } = {}) {
    if (arguments.length === 0) throw new TypeError('An event needs a type');
    super(type, init);
    this.#detail = init?.detail ?? null;
  }

  get detail(): unknown {
    return this.#detail;
  }
  initCustomEvent(
    type: unknown,
    bubbles: unknown = false,
    cancelable: unknown = false,
    detail: unknown = null,
  ): void {
    if (arguments.length === 0) throw new TypeError('An event needs a type');
    apply(initEvent, this, [type, bubbles, cancelable]);
    if (!stateOf(this).isDispatching) this.#detail = detail;
  }
}

defineInterface(Event, 'Event');
defineConstants(Event, record({ NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 }));
defineInterface(CustomEvent, 'CustomEvent');
