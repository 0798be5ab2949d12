import { primordials } from '../../../../guest/captured.ts';
import { record } from '../../../../guest/interface.ts';

const { defineProperty, setPrototypeOf, SyntaxError, TypeError } = primordials;

/** What stands between `expect` and the matcher. */
export interface Asked {
  readonly received: unknown;
  readonly isNot: boolean;
  readonly isSoft: boolean;
  readonly promise: '' | 'resolves' | 'rejects';
  readonly note: string | undefined;
  readonly poll: PollOptions | undefined;
}

/** In milliseconds. */
export interface PollOptions {
  readonly timeout: number;
  readonly interval: number;
}

/** One call of a matcher. */
export interface MatcherCall {
  asked: Asked;
  name: string;
  args: readonly unknown[];
  /** The function that the author called. */
  entry: Function;
  /** Where it was called, as soon as it has returned. */
  frames?: string;
}
export type CallMatcher = (call: MatcherCall) => unknown;

/** What `expect(value)` answers. The matchers are methods of its prototype, which has none itself. */
export class Assertion {
  readonly #asked: Asked;
  readonly #call: CallMatcher;

  constructor(asked: Asked, call: CallMatcher) {
    this.#asked = asked;
    this.#call = call;
  }

  get not(): Assertion {
    return this.#with({ isNot: true });
  }

  get resolves(): Assertion {
    return this.#settled('resolves', this.#asked.received);
  }

  get rejects(): Assertion {
    const { received } = this.#asked;
    const isCallable = typeof received === 'function' && !this.#asked.poll;
    return this.#settled('rejects', isCallable ? (received as () => unknown)() : received);
  }

  #settled(promise: 'resolves' | 'rejects', received: unknown): Assertion {
    if (this.#asked.poll)
      throw new SyntaxError(`expect.poll() waits by itself, without ${promise}`);
    if (!isThenable(received)) {
      throw new TypeError(`${promise} needs a promise, and got ${typeof received}`);
    }
    return this.#with({ promise, received });
  }

  #with(changes: Partial<Asked>): Assertion {
    return new Assertion(record({ ...this.#asked, ...changes }), this.#call);
  }

  /** Gives all assertions a matcher; one of the name that is there already is replaced. */
  static offer(name: string): void {
    const value = function (this: Assertion, ...args: unknown[]): unknown {
      return this.#call(record({ asked: this.#asked, name, args, entry: value }));
    };
    defineProperty(value, 'name', record({ value: name, configurable: true }));
    const method = record({ value, writable: true, configurable: true, enumerable: false });
    defineProperty(Assertion.prototype, name, method);
  }
}
setPrototypeOf(Assertion.prototype, null);

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof (value as { then?: unknown }).then === 'function';
}
