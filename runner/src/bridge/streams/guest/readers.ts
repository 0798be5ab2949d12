import { primordials } from '../../../guest/captured.ts';
import { defineInterface } from '../../../guest/interface.ts';
import { dictionary, wholeNumber } from './dictionary.ts';
import { exposed } from './promise.ts';
import type { ByteController } from './readable-bytes.ts';
import {
  cancelReadable,
  readFrom,
  ReaderState,
  releaseReader,
  type ReadableState,
  type ReadRequest,
} from './readable-state.ts';
import { isDetached, viewParts, type ViewParts } from './views.ts';
import { attempt } from './writable.ts';

const { bufferByteLength, Promise, RangeError, TypeError } = primordials;

export interface ReadResult {
  value: any;
  done: boolean;
}

/** The state of a stream object. Set by its class, which these are below. */
let stateOf: (stream: unknown) => ReadableState;
export function setStateOf(get: (stream: unknown) => ReadableState): void {
  stateOf = get;
}

function held(reader: ReaderState): ReadableState {
  if (reader.stream) return reader.stream;
  throw new TypeError('The reader was released');
}

function resultOf(read: (request: ReadRequest) => void): Promise<ReadResult> {
  return new Promise((resolve, reject) =>
    read({
      chunk: (value) => resolve({ value, done: false }),
      close: (value) => resolve({ value, done: true }),
      error: reject,
    }),
  );
}

export class ReadableStreamDefaultReader {
  readonly #state: ReaderState;

  constructor(stream: unknown) {
    this.#state = new ReaderState(stateOf(stream), false);
  }
  get closed(): Promise<undefined> {
    return attempt(() => this.#state.closed.promise);
  }
  cancel(reason: unknown = undefined): Promise<undefined> {
    return attempt(() => exposed(cancelReadable(held(this.#state), reason)));
  }
  read(): Promise<ReadResult> {
    return attempt(() => {
      held(this.#state);
      return resultOf((request) => readFrom(this.#state, request));
    });
  }
  releaseLock(): void {
    releaseReader(this.#state);
  }
}

export class ReadableStreamBYOBReader {
  readonly #state: ReaderState;

  constructor(stream: unknown) {
    const state = stateOf(stream);
    if (state.reader) throw new TypeError('The stream is locked');
    if (!state.bytes) throw new TypeError('The stream is none of bytes');
    this.#state = new ReaderState(state, true);
  }
  get closed(): Promise<undefined> {
    return attempt(() => this.#state.closed.promise);
  }
  cancel(reason: unknown = undefined): Promise<undefined> {
    return attempt(() => exposed(cancelReadable(held(this.#state), reason)));
  }
  read(view: unknown, options: unknown = undefined): Promise<ReadResult> {
    return attempt(() => {
      const reader = this.#state;
      const parts = viewParts(view);
      const least = minimumOf(parts, options);
      const stream = held(reader);
      return resultOf((request) => {
        stream.isDisturbed = true;
        if (stream.status === 'errored') request.error(stream.storedError);
        else (stream.bytes as ByteController).pullInto(parts, least, request);
      });
    });
  }
  releaseLock(): void {
    releaseReader(this.#state);
  }
}

function minimumOf(view: ViewParts, options: unknown): number {
  const given = dictionary(options, 'The options')?.min;
  const least = given === undefined ? 1 : wholeNumber(given, 'min');
  if (isDetached(view.buffer)) throw new TypeError('The buffer is detached');
  if (view.length === 0 || bufferByteLength(view.buffer) === 0) {
    throw new TypeError('The view is empty');
  }
  if (least === 0) throw new TypeError('min must be more than 0');
  if (least > view.length / view.elementSize)
    throw new RangeError('min is more than fits the view');
  return least;
}

defineInterface(ReadableStreamDefaultReader, 'ReadableStreamDefaultReader');
defineInterface(ReadableStreamBYOBReader, 'ReadableStreamBYOBReader');
