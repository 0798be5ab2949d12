import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { after, nothing, promiseOf } from './promise.ts';
import {
  cancelReadable,
  readFrom,
  ReaderState,
  releaseReader,
  type ReadableState,
} from './readable-state.ts';
import { attempt } from './writable.ts';

const { defineProperty, getPrototypeOf, Promise, setPrototypeOf, toStringTag } = primordials;

interface Step {
  value: unknown;
  done: boolean;
}

/** What `values()` answers. One step at a time, in the order they were asked for. */
class StreamIterator {
  readonly #reader: ReaderState;
  readonly #keeps: boolean;
  #last: Promise<Step> | undefined;
  #isOver = false;

  constructor(stream: ReadableState, keeps: boolean) {
    this.#reader = new ReaderState(stream, false);
    this.#keeps = keeps;
  }

  next(): Promise<Step> {
    return attempt(() => this.#queue(() => this.#next()));
  }
  return(value: unknown): Promise<Step> {
    return attempt(() => this.#queue(() => this.#return(value)));
  }

  #queue(run: () => Promise<Step>): Promise<Step> {
    const step = this.#last ? after(this.#last, run, run) : run();
    // The next one begins when this one's caller hears of it, and not before.
    this.#last = after(step, (result: Step) => result);
    after(this.#last, nothing, nothing);
    return new Promise((resolve, reject) => {
      after(step, ({ value, done }: Step) => resolve({ value, done }), reject);
    });
  }

  #next(): Promise<Step> {
    if (this.#isOver) return promiseOf(record({ value: undefined, done: true }));
    const end = () => {
      this.#isOver = true;
      releaseReader(this.#reader);
    };
    return new Promise((resolve, reject) =>
      readFrom(this.#reader, {
        chunk: (value) => resolve(record({ value, done: false })),
        close: () => {
          end();
          resolve(record({ value: undefined, done: true }));
        },
        error: (reason) => {
          end();
          reject(reason);
        },
      }),
    );
  }

  #return(value: unknown): Promise<Step> {
    const result = () => record({ value, done: true });
    if (this.#isOver) return promiseOf(result());
    this.#isOver = true;
    const stream = this.#reader.stream!;
    const cancelled = this.#keeps ? promiseOf(undefined) : cancelReadable(stream, value);
    releaseReader(this.#reader);
    return after(cancelled, result);
  }
}

const prototype = StreamIterator.prototype as object;
delete (prototype as { constructor?: unknown }).constructor;
for (let i = 0; i < 2; i++) {
  defineProperty(prototype, i === 0 ? 'next' : 'return', record({ enumerable: true }));
}
const tag = record({ value: 'ReadableStream AsyncIterator', configurable: true });
defineProperty(prototype, toStringTag, tag);
// %AsyncIteratorPrototype% has no name: it is two steps above any async generator's prototype.
const generators = getPrototypeOf(async function* () {}.prototype) as object;
setPrototypeOf(prototype, getPrototypeOf(generators) as object);

export function iterate(stream: ReadableState, keeps: boolean): AsyncIterableIterator<unknown> {
  return new StreamIterator(stream, keeps) as unknown as AsyncIterableIterator<unknown>;
}
