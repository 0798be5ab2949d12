import { primordials } from '../../../guest/captured.ts';
import { defineInterface } from '../../../guest/interface.ts';
import { callback, highWaterMarkOf, objectOf, strategyOf } from './dictionary.ts';
import { promiseCall, promiseOf, rejected } from './promise.ts';
import { WritableController, type Sink } from './writable-controller.ts';
import {
  abortWritable,
  closeWritable,
  releaseWriter,
  WritableState,
  WriterState,
  writeTo,
} from './writable-state.ts';

const { apply, RangeError, TypeError } = primordials;

const KEY = {};

export let writableStateOf: (stream: unknown) => WritableState;
export let isWritable: (value: unknown) => value is WritableStream;

class WritableStreamDefaultController {
  readonly #controller: WritableController;

  constructor(key: unknown, controller: WritableController) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#controller = controller;
  }
  get signal() {
    return this.#controller.signal;
  }
  error(reason: unknown = undefined): void {
    this.#controller.errorIfNeeded(reason);
  }
}

export class WritableStream {
  readonly #state: WritableState;

  static {
    writableStateOf = (stream) => (stream as WritableStream).#state;
    isWritable = (value): value is WritableStream =>
      typeof value === 'object' && value !== null && #state in value;
  }

  constructor(sink: unknown = undefined, strategy: unknown = undefined) {
    if (sink === KEY) {
      this.#state = strategy as WritableState;
      return;
    }
    const queueing = strategyOf(strategy);
    const given = objectOf(sink, 'The sink');
    this.#state = new WritableState();
    const wrapped = sinkOf(given, () => shell);
    const highWaterMark = highWaterMarkOf(queueing, 1);
    const options = { sink: wrapped, highWaterMark, size: queueing.size };
    const controller = new WritableController(this.#state, options);
    const shell = new WritableStreamDefaultController(KEY, controller);
    controller.start();
  }

  get locked(): boolean {
    return this.#state.writer !== undefined;
  }
  abort(reason: unknown = undefined): Promise<undefined> {
    return attempt(() => {
      if (this.#state.writer) throw new TypeError('The stream is locked');
      return abortWritable(this.#state, reason);
    });
  }
  close(): Promise<undefined> {
    return attempt(() => {
      if (this.#state.writer) throw new TypeError('The stream is locked');
      if (this.#state.isCloseAsked) throw new TypeError('The stream is closing already');
      return closeWritable(this.#state);
    });
  }
  getWriter(): WritableStreamDefaultWriter {
    if (!(#state in this)) throw new TypeError('Illegal invocation');
    return new WritableStreamDefaultWriter(this);
  }
}

function sinkOf(given: Record<string, unknown> | undefined, controller: () => unknown): Sink {
  const abort = callback(given, 'abort') as Function | undefined;
  const close = callback(given, 'close') as Function | undefined;
  const start = callback(given, 'start') as Function | undefined;
  if (given?.type !== undefined) throw new RangeError('type must not be set');
  const write = callback(given, 'write') as Function | undefined;
  return {
    start: () => start && (apply(start, given, [controller()]) as unknown),
    write: (chunk) =>
      write ? promiseCall(write, given, [chunk, controller()]) : promiseOf(undefined),
    close: () => (close ? promiseCall(close, given, []) : promiseOf(undefined)),
    abort: (reason) => (abort ? promiseCall(abort, given, [reason]) : promiseOf(undefined)),
  };
}

export function attempt<T>(run: () => Promise<T>): Promise<T> {
  try {
    return run();
  } catch (error) {
    return rejected(error);
  }
}

export class WritableStreamDefaultWriter {
  readonly #state: WriterState;

  constructor(stream: unknown) {
    this.#state = new WriterState(writableStateOf(stream));
  }

  get closed(): Promise<undefined> {
    return attempt(() => this.#state.closed.promise);
  }
  get ready(): Promise<undefined> {
    return attempt(() => this.#state.ready.promise);
  }
  get desiredSize(): number | null {
    const { status, controller } = held(this.#state);
    if (status === 'errored' || status === 'erroring') return null;
    return status === 'closed' ? 0 : controller.desiredSize;
  }
  abort(reason: unknown = undefined): Promise<undefined> {
    return attempt(() => abortWritable(held(this.#state), reason));
  }
  close(): Promise<undefined> {
    return attempt(() => {
      const stream = held(this.#state);
      if (stream.isCloseAsked) throw new TypeError('The stream is closing already');
      return closeWritable(stream);
    });
  }
  releaseLock(): void {
    releaseWriter(this.#state);
  }
  write(chunk: unknown = undefined): Promise<undefined> {
    return attempt(() => {
      held(this.#state);
      return writeTo(this.#state, chunk).promise;
    });
  }
}

function held(writer: WriterState): WritableState {
  if (writer.stream) return writer.stream;
  throw new TypeError('The writer was released');
}

/** Writes one chunk as a writer of its own would: for streams with a `write` of their own. */
export function writeOnce(stream: unknown, chunk: unknown): Promise<undefined> {
  return attempt(() => {
    const writer = new WriterState(writableStateOf(stream));
    const { promise } = writeTo(writer, chunk);
    releaseWriter(writer);
    return promise;
  });
}

export function writableOf(state: WritableState): WritableStream {
  return new WritableStream(KEY, state);
}

export const writableClasses = { WritableStreamDefaultController };

defineInterface(WritableStreamDefaultController, 'WritableStreamDefaultController', 0);
defineInterface(WritableStream, 'WritableStream');
defineInterface(WritableStreamDefaultWriter, 'WritableStreamDefaultWriter');
