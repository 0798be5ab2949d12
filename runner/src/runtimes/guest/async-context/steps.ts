import { primordials } from '../../../guest/captured.ts';
import { hardened } from '../../../guest/interface.ts';
import type { Frame } from './frame.ts';

const { apply, asyncIterator, freeze, Promise, promiseThen, setPrototypeOf, TypeError } =
  primordials;

interface Inner {
  next: unknown;
  return?: unknown;
  throw?: unknown;
}

type Step = (...args: unknown[]) => unknown;

/**
 * The iterator that `for await` and `yield*` are given in place of the source's: each method of
 * that is called in the function's context, which it leaves with the answer.
 */
export class Steps {
  readonly #frame: Frame;
  readonly #source: unknown;
  readonly #isRead: boolean;
  #inner: Inner | undefined;
  #next: unknown;

  constructor(frame: Frame, source: unknown, isRead: boolean) {
    this.#frame = frame;
    this.#source = source;
    this.#isRead = isRead;
  }

  [asyncIterator](): this {
    this.#inner = innerOf(this.#source);
    this.#next = this.#inner.next;
    return this;
  }

  next(...args: unknown[]): unknown {
    const answer = this.#frame.during(() => apply(this.#next as Function, this.#inner, args));
    return this.#isRead ? readIn(this.#frame, answer) : answer;
  }

  get return(): Step | undefined {
    return this.#method('return');
  }

  get throw(): Step | undefined {
    return this.#method('throw');
  }

  #method(name: 'return' | 'throw'): Step | undefined {
    const method = this.#frame.peek(() => this.#inner![name]);
    if (method === undefined || method === null) return undefined;
    return (...args) => this.#frame.during(() => apply(method as Function, this.#inner, args));
  }
}

delete (Steps.prototype as { constructor?: unknown }).constructor;
freeze(setPrototypeOf(Steps.prototype, null));

function innerOf(source: unknown): Inner {
  if (source === undefined || source === null) throw notIterable();
  const method = (source as { [asyncIterator]?: unknown })[asyncIterator];
  if (method === undefined || method === null) return waiting(source as Iterable<unknown>);
  if (typeof method !== 'function') throw notIterable();
  const inner = apply(method, source, []) as Inner | null;
  if ((typeof inner !== 'object' && typeof inner !== 'function') || inner === null) {
    throw new TypeError('The answer of Symbol.asyncIterator is not an object');
  }
  return inner;
}

function notIterable(): Error {
  return new TypeError('The value is not async iterable');
}

/** An iterator that is not async, as the language makes it one. */
async function* waiting(source: Iterable<unknown>): AsyncGenerator<unknown> {
  return yield* source;
}

function readIn(frame: Frame, answer: unknown): Promise<unknown> {
  const settled = hardened(new Promise<object>((resolve) => resolve(answer as object)));
  return promiseThen(settled, ((step: unknown) => {
    if ((typeof step !== 'object' && typeof step !== 'function') || step === null) return step;
    return new ReadStep(frame, step);
  }) as never);
}

/** The engine asks for `done` first. */
class ReadStep {
  readonly #frame: Frame;
  readonly #step: { done?: unknown; value?: unknown };

  constructor(frame: Frame, step: object) {
    this.#frame = frame;
    this.#step = step;
  }

  get done(): unknown {
    this.#frame.restore();
    return this.#step.done;
  }
  get value(): unknown {
    return this.#step.value;
  }
}

delete (ReadStep.prototype as { constructor?: unknown }).constructor;
freeze(setPrototypeOf(ReadStep.prototype, null));
