import { primordials } from '../../../guest/captured.ts';
import { hardened, record } from '../../../guest/interface.ts';

const { apply, defineProperty, Promise, promiseThen } = primordials;

export function nothing(): void {}

const ownThen = record({
  value(this: Promise<unknown>, onValue: never, onError: never): Promise<unknown> {
    return promiseThen(hardened(this), onValue, onError);
  },
  configurable: true,
});

/** A promise that no guest will see: what resolves with it does not ask `Promise.prototype`. */
function inner<T>(promise: Promise<T>): Promise<T> {
  return defineProperty(promise, 'then', ownThen);
}

/** An inner promise as one for a guest. */
export function exposed<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    after(promise, resolve, reject);
  });
}

/**
 * Reacts to a promise past what a guest may have done to `then` or `constructor`. Only for promises
 * that the platform made and no guest has yet seen.
 */
export function after<T = any>(
  promise: Promise<T>,
  onValue?: (value: T) => unknown,
  onError?: (reason: unknown) => unknown,
): Promise<any> {
  return inner(promiseThen(hardened(promise), onValue as never, onError as never));
}

/** As Web IDL makes a promise of what a guest answers: its `then`, if any, is called once. */
export function promiseOf(value: unknown): Promise<any> {
  return inner(new Promise((resolve) => resolve(value)));
}

export function resolved(): Promise<undefined> {
  return new Promise<undefined>((resolve) => resolve(undefined));
}

export function rejected(reason: unknown): Promise<never> {
  return new Promise((_resolve, reject) => reject(reason));
}

/** What a guest's function answers or throws, as a promise. */
export function promiseCall(callback: Function, self: unknown, args: unknown[]): Promise<any> {
  return inner(new Promise((resolve) => resolve(apply(callback, self, args))));
}

export function microtask(run: () => void): void {
  after(resolved(), run);
}

/** A promise of a stream's life: the guest may see `promise`, the platform waits for `inner`. */
export class Deferred {
  readonly inner: Promise<any>;
  readonly promise: Promise<any>;
  isPending = true;
  #settle!: (isWell: boolean, value: unknown) => void;

  constructor() {
    let settleInner: typeof this.settle;
    this.inner = inner(handled((settle) => (settleInner = settle)));
    this.promise = handled((settle) => (this.#settle = settle));
    const settleOuter = this.#settle;
    this.#settle = (isWell, value) => {
      settleInner(isWell, value);
      settleOuter(isWell, value);
    };
  }

  settle(isWell: boolean, value: unknown): void {
    this.isPending = false;
    this.#settle(isWell, value);
  }
  resolve(value?: unknown): void {
    this.settle(true, value);
  }
  reject(reason: unknown): void {
    this.settle(false, reason);
  }
}

/** The standard marks these as handled: a reader that nobody waits for is no failure. */
function handled(take: (settle: (isWell: boolean, value: unknown) => void) => void): Promise<any> {
  const promise = new Promise((resolve, reject) => {
    take((isWell, value) => (isWell ? resolve(value) : reject(value)));
  });
  promiseThen(hardened(promise), undefined, nothing);
  delete (promise as { constructor?: unknown }).constructor;
  return promise;
}

export function resolvedDeferred(): Deferred {
  const made = new Deferred();
  made.resolve();
  return made;
}

export function rejectedDeferred(reason: unknown): Deferred {
  const made = new Deferred();
  made.reject(reason);
  return made;
}
