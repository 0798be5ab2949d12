import { core, primordials } from '../../../guest/captured.ts';
import { after, nothing, promiseCall, promiseOf, rejected } from './promise.ts';
import { DefaultController } from './readable-default.ts';
import { ReadableState } from './readable-state.ts';

const { apply, asyncIterator, iterator, Promise, TypeError } = primordials;

type Method = Function | undefined;

function methodOf(value: any, name: PropertyKey): Method {
  const method = value[name] as unknown;
  if (method === undefined || method === null) return undefined;
  if (typeof method === 'function') return method;
  throw new TypeError('The method of the iterable is no function');
}

function objectFrom(value: unknown): any {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') return value;
  throw new TypeError('The iterator must answer an object');
}

/** A walk through any iterable, as the language's own `for await` does it. */
class Walk {
  readonly #isAsync: boolean;
  readonly #iterator: any;
  readonly #next: any;

  constructor(iterable: unknown) {
    const asyncMethod = methodOf(iterable, asyncIterator);
    const method = asyncMethod ?? methodOf(iterable, iterator);
    if (!method) throw new TypeError('The value is not iterable');
    this.#isAsync = asyncMethod !== undefined;
    this.#iterator = objectFrom(apply(method, iterable, []));
    const { next } = this.#iterator;
    this.#next = typeof next === 'function' ? core.carry(next) : next;
  }

  next(onStep: (done: boolean, value: unknown) => void): Promise<unknown> {
    if (this.#isAsync) {
      return after(promiseCall(this.#next, this.#iterator, []), (step: unknown) => {
        const { done, value } = readStep(step);
        onStep(done, value);
      });
    }
    return new Promise((resolve, reject) => {
      const { done, value } = readStep(apply(this.#next, this.#iterator, []));
      const settle = () => resolve(undefined);
      const fail = (reason: unknown) => {
        if (!done) after(this.end(undefined), nothing, nothing);
        reject(reason);
      };
      after(
        after(promiseOf(value), (settled) => onStep(done, settled)),
        settle,
        fail,
      );
    });
  }

  end(reason: unknown): Promise<unknown> {
    let method: Method;
    try {
      method = methodOf(this.#iterator, 'return');
    } catch (error) {
      return rejected(error);
    }
    if (!method) return promiseOf(undefined);
    if (this.#isAsync) {
      return after(promiseCall(method, this.#iterator, [reason]), objectFrom);
    }
    return new Promise((resolve) => {
      resolve(objectFrom(apply(method, this.#iterator, [reason])).value);
    });
  }
}

function readStep(step: unknown): { done: boolean; value: unknown } {
  const object = objectFrom(step);
  const done = !!object.done;
  return { done, value: done ? undefined : object.value };
}

export function fromIterable(iterable: unknown): ReadableState {
  const walk = new Walk(iterable);
  const onStep = (done: boolean, value: unknown) => {
    if (done) controller.close();
    else controller.enqueue(value);
  };
  const source = {
    pull: () => walk.next(onStep),
    cancel: (reason: unknown) => walk.end(reason),
  };
  const options = { source, highWaterMark: 0, size: undefined };
  const controller = new DefaultController(new ReadableState(), options);
  controller.start();
  return controller.stream;
}
