import { primordials } from '../../../guest/captured.ts';
import { emit, hooks } from './hooks.ts';
import { BASE, capture, now, Scope } from './scope.ts';
import { Resource } from './resource.ts';
import { Steps } from './steps.ts';

const { defineProperty, dispose, freeze, setPrototypeOf } = primordials;

/** Still in the turn of its caller, whose scope it shares. */
const CALLED = 0;
/** It has left: the current scope is not its own. */
const AWAY = 1;
/** In a turn of its own, at whose end the outer scope has to be current again. */
const BACK = 2;

/**
 * One call of an async function that the compiler has rewritten (`compiler/downlevel.ts`). V8 tells
 * nobody when such a function leaves and comes back, so its code says so itself: `give` before each
 * place where it leaves, `take` and `back` behind those, `restore` where it may have come back
 * another way. Between the two the current scope is the one that was there before it came back.
 */
export class Frame {
  #state = CALLED;
  #isHooked = false;
  #scope = BASE;
  #outer = BASE;

  constructor() {
    if (now.scope !== BASE) return;
    // Its caller is no code that would restore the base, should this set values with `enterWith`.
    now.scope = new Scope(undefined, BASE.execution);
    this.#state = BACK;
  }

  /** The function leaves with this value, to wait for it or to yield it. */
  give(value: unknown): unknown {
    this.#leave();
    return value;
  }

  /** It is back from an `await`: the engine called it, and nobody else. */
  take(value: unknown): unknown {
    if (this.#state === AWAY) this.#enter(BASE);
    return value;
  }

  /** It is back from a `yield`: maybe in the midst of a call of `next`. */
  back(value: unknown): unknown {
    this.restore();
    return value;
  }

  restore(): void {
    if (this.#state !== AWAY) return;
    // A generator is asked wherever the stack is: what cannot be left must not be entered.
    roomFor(LEAVING_CALLS);
    this.#enter(now.scope);
  }

  leave(): void {
    if (this.#state === BACK) this.#end();
    this.#state = CALLED;
  }

  each(source: unknown): object {
    return new Steps(this, source, false);
  }

  /** Each step is waited for here, so that the context is back before the loop reads the step. */
  eachRead(source: unknown): object {
    return new Steps(this, source, true);
  }

  delegate(source: unknown): object {
    return new Steps(this, source, false);
  }

  resource(value: unknown): object {
    return new Resource(this, value);
  }

  /** Does what the engine asks for on the function's behalf, and leaves again: it waits for it. */
  during<T>(run: () => T): T {
    this.restore();
    try {
      return run();
    } finally {
      this.#leave();
    }
  }

  /** The same, where the function stays as it was. */
  peek<T>(run: () => T): T {
    return this.#state === AWAY ? this.during(run) : run();
  }

  #leave(): void {
    if (this.#state === AWAY) return;
    const next = capture('PROMISE');
    if (this.#state === BACK) this.#end();
    this.#scope = next;
    this.#state = AWAY;
  }

  #enter(outer: Scope): void {
    this.#outer = outer;
    this.#state = BACK;
    now.scope = this.#scope;
    if (hooks.count === 0) return;
    this.#isHooked = true;
    emit('before', [this.#scope.execution.asyncId]);
  }

  #end(): void {
    try {
      if (this.#isHooked) emit('after', [this.#scope.execution.asyncId]);
    } finally {
      this.#isHooked = false;
      now.scope = this.#outer;
    }
  }
}

const LEAVING_CALLS = 8;

/** Throws a RangeError where so many calls would. */
function roomFor(calls: number): number {
  return calls === 0 ? 0 : 1 + roomFor(calls - 1);
}

/** `using $held=$frame`: a block that is left by a rejection gets its context back first. */
defineProperty(Frame.prototype, dispose, {
  __proto__: null,
  value(this: Frame): void {
    this.restore();
  },
} as PropertyDescriptor);

// Direct eval in a function finds its frame: nothing of the platform may be changed through it.
delete (Frame.prototype as { constructor?: unknown }).constructor;
freeze(setPrototypeOf(Frame.prototype, null));

export function enterFrame(): Frame {
  return new Frame();
}
