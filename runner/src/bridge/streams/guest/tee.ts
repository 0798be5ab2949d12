import { record } from '../../../guest/interface.ts';
import { after, Deferred, microtask, nothing, promiseOf } from './promise.ts';
import { DefaultController, type Source } from './readable-default.ts';
import { cancelReadable, readFrom, ReadableState, ReaderState } from './readable-state.ts';

/** What both kinds of tee share: two reasons make one, and the source is cancelled once. */
export class TeeCancel {
  readonly isCancelled = [false, false];
  readonly done = new Deferred();
  readonly #reasons: unknown[] = [undefined, undefined];
  readonly #stream: ReadableState;

  constructor(stream: ReadableState) {
    this.#stream = stream;
  }

  cancel(index: number, reason: unknown): Promise<unknown> {
    this.isCancelled[index] = true;
    this.#reasons[index] = reason;
    if (this.isCancelled[1 - index]) {
      const both = [this.#reasons[0], this.#reasons[1]];
      const { done } = this;
      const onDone = () => done.resolve();
      after(cancelReadable(this.#stream, both), onDone, (error) => done.reject(error));
    }
    return this.done.inner;
  }

  /** The source is over: who cancels the last branch waits for nothing. */
  settle(): void {
    if (!this.isCancelled[0] || !this.isCancelled[1]) this.done.resolve();
  }
}

export function teeDefault(stream: ReadableState): [ReadableState, ReadableState] {
  const reader = new ReaderState(stream, false);
  const cancel = new TeeCancel(stream);
  let isReading = false;
  let readsAgain = false;
  const each = (run: (controller: DefaultController, index: number) => void) => {
    run(first, 0);
    run(second, 1);
  };
  const onChunk = (chunk: unknown) => {
    readsAgain = false;
    each((branch, index) => !cancel.isCancelled[index] && branch.enqueue(chunk));
    isReading = false;
    if (readsAgain) pull();
  };
  const onClose = () => {
    isReading = false;
    each((branch, index) => !cancel.isCancelled[index] && branch.close());
    cancel.settle();
  };
  const pull = (): Promise<unknown> => {
    if (isReading) {
      readsAgain = true;
      return promiseOf(undefined);
    }
    isReading = true;
    const error = () => void (isReading = false);
    // A microtask later: an error that follows at once must be seen by both branches first.
    readFrom(reader, { chunk: (chunk) => microtask(() => onChunk(chunk)), close: onClose, error });
    return promiseOf(undefined);
  };
  const branch = (index: number): DefaultController => {
    const source: Source = record({
      pull,
      cancel: (reason: unknown) => cancel.cancel(index, reason),
    });
    const options = record({ source, highWaterMark: 1, size: undefined });
    return new DefaultController(new ReadableState(), options);
  };
  const first = branch(0);
  const second = branch(1);
  each((controller) => controller.start());
  after(reader.closed.inner, nothing, (reason) => {
    each((controller) => controller.error(reason));
    cancel.settle();
  });
  return [first.stream, second.stream];
}
