import { primordials } from '../../../guest/captured.ts';
import { defineInterface } from '../../../guest/interface.ts';
import { callback, highWaterMarkOf, objectOf, strategyOf } from './dictionary.ts';
import { after, Deferred, promiseCall, promiseOf } from './promise.ts';
import { DefaultController, refuseUnless } from './readable-default.ts';
import { ReadableState } from './readable-state.ts';
import { readableOf, type ReadableStream } from './readable.ts';
import { WritableController } from './writable-controller.ts';
import { WritableState } from './writable-state.ts';
import { writableOf, type WritableStream } from './writable.ts';

const { apply, RangeError, TypeError } = primordials;

/** The functions behind a transform: the guest's, wrapped, or the platform's own. */
export interface Transformer {
  transform(chunk: unknown): Promise<unknown>;
  flush?(): Promise<unknown>;
  cancel?(reason: unknown): Promise<unknown>;
}

export interface TransformOptions {
  writable: { highWaterMark: number; size: ((chunk: unknown) => number) | undefined };
  readable: { highWaterMark: number; size: ((chunk: unknown) => number) | undefined };
}

const DEFAULTS: TransformOptions = {
  writable: { highWaterMark: 1, size: undefined },
  readable: { highWaterMark: 0, size: undefined },
};

export class TransformState {
  readonly readable = new ReadableState();
  readonly writable = new WritableState();
  readonly started = new Deferred();
  readonly #out: DefaultController;
  readonly #in: WritableController;
  #transformer: Transformer | undefined;
  #hasBackpressure = true;
  #change = new Deferred();
  #finish: Deferred | undefined;

  constructor(transformer: Transformer, options: TransformOptions = DEFAULTS) {
    this.#transformer = transformer;
    const start = () => this.started.inner;
    const sink = {
      start,
      write: (chunk: unknown) => this.#write(chunk),
      abort: (reason: unknown) => this.#abort(reason),
      close: () => this.#close(),
    };
    const source = {
      start,
      pull: () => this.#pull(),
      cancel: (reason: unknown) => this.#cancel(reason),
    };
    this.#in = new WritableController(this.writable, { sink, ...options.writable });
    this.#out = new DefaultController(this.readable, { source, ...options.readable });
    this.#in.start();
    this.#out.start();
  }

  get desiredSize(): number | null {
    return this.#out.desiredSize;
  }

  enqueue(chunk: unknown): void {
    refuseUnless(this.#out.canTake);
    try {
      this.#out.enqueue(chunk);
    } catch (error) {
      this.#errorWritable(error);
      throw this.readable.storedError;
    }
    if (this.#out.hasBackpressure !== this.#hasBackpressure) this.#setBackpressure(true);
  }

  error(reason: unknown): void {
    this.#out.error(reason);
    this.#errorWritable(reason);
  }

  terminate(): void {
    this.#out.close();
    this.#errorWritable(new TypeError('The transform was terminated'));
  }

  #errorWritable(reason: unknown): void {
    this.#transformer = undefined;
    this.#in.errorIfNeeded(reason);
    this.#unblock();
  }

  #unblock(): void {
    if (this.#hasBackpressure) this.#setBackpressure(false);
  }

  #setBackpressure(hasBackpressure: boolean): void {
    this.#change.resolve();
    this.#change = new Deferred();
    this.#hasBackpressure = hasBackpressure;
  }

  #write(chunk: unknown): Promise<unknown> {
    if (!this.#hasBackpressure) return this.#transform(chunk);
    return after(this.#change.inner, () => {
      if (this.writable.status === 'erroring') throw this.writable.storedError;
      return this.#transform(chunk);
    });
  }

  #transform(chunk: unknown): Promise<unknown> {
    const result = this.#transformer?.transform(chunk) ?? promiseOf(undefined);
    return after(result, undefined, (reason) => {
      this.error(reason);
      throw reason;
    });
  }

  #pull(): Promise<unknown> {
    this.#setBackpressure(false);
    return this.#change.inner;
  }

  /** The first of abort, close and cancel decides; the others wait for it. */
  #finishWith(
    run: () => Promise<unknown> | undefined,
    onDone: (finish: Deferred) => void,
    onFailure: (reason: unknown) => void,
  ): Promise<unknown> {
    if (this.#finish) return this.#finish.inner;
    const finish = (this.#finish = new Deferred());
    const result = run() ?? promiseOf(undefined);
    this.#transformer = undefined;
    const fail = (reason: unknown) => {
      onFailure(reason);
      finish.reject(reason);
    };
    after(result, () => onDone(finish), fail);
    return finish.inner;
  }

  #abort(reason: unknown): Promise<unknown> {
    const done = (finish: Deferred) => {
      if (this.readable.status === 'errored') return finish.reject(this.readable.storedError);
      this.#out.error(reason);
      finish.resolve();
    };
    const cancel = () => this.#transformer?.cancel?.(reason);
    return this.#finishWith(cancel, done, (error) => this.#out.error(error));
  }

  #close(): Promise<unknown> {
    const done = (finish: Deferred) => {
      if (this.readable.status === 'errored') return finish.reject(this.readable.storedError);
      this.#out.close();
      finish.resolve();
    };
    const flush = () => this.#transformer?.flush?.();
    return this.#finishWith(flush, done, (error) => this.#out.error(error));
  }

  #cancel(reason: unknown): Promise<unknown> {
    const stop = (error: unknown) => {
      this.#in.errorIfNeeded(error);
      this.#unblock();
    };
    const done = (finish: Deferred) => {
      if (this.writable.status === 'errored') return finish.reject(this.writable.storedError);
      stop(reason);
      finish.resolve();
    };
    return this.#finishWith(() => this.#transformer?.cancel?.(reason), done, stop);
  }
}

const KEY = {};

export class TransformStreamDefaultController {
  readonly #state: TransformState;

  constructor(key: unknown, state: TransformState) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#state = state;
  }
  get desiredSize(): number | null {
    return this.#state.desiredSize;
  }
  enqueue(chunk: unknown = undefined): void {
    this.#state.enqueue(chunk);
  }
  error(reason: unknown = undefined): void {
    this.#state.error(reason);
  }
  terminate(): void {
    this.#state.terminate();
  }
}

export let isTransform: (value: unknown) => value is TransformStream;
/** A transform of two halves that there are already. */
export let transformOf: (readable: object, writable: object) => TransformStream;

export class TransformStream {
  #readable: ReadableStream;
  #writable: WritableStream;

  static {
    isTransform = (value): value is TransformStream =>
      typeof value === 'object' && value !== null && #readable in value;
    transformOf = (readable, writable) => {
      const made = new TransformStream();
      made.#readable = readable as ReadableStream;
      made.#writable = writable as WritableStream;
      return made;
    };
  }

  constructor(
    transformer: unknown = undefined,
    writableStrategy: unknown = undefined,
    readableStrategy: unknown = undefined,
  ) {
    const forWritable = strategyOf(writableStrategy);
    const forReadable = strategyOf(readableStrategy);
    const given = objectOf(transformer, 'The transformer');
    const functions = functionsOf(given);
    const out = { size: forReadable.size, highWaterMark: highWaterMarkOf(forReadable, 0) };
    const into = { size: forWritable.size, highWaterMark: highWaterMarkOf(forWritable, 1) };
    const wrapped: Transformer = {
      transform: (chunk) => {
        if (functions.transform)
          return promiseCall(functions.transform, given, [chunk, controller]);
        return promiseCall((value: unknown) => state.enqueue(value), undefined, [chunk]);
      },
      flush: () => promiseCall(functions.flush ?? noop, given, [controller]),
      cancel: (reason) => promiseCall(functions.cancel ?? noop, given, [reason]),
    };
    const state = new TransformState(wrapped, { writable: into, readable: out });
    const controller = new TransformStreamDefaultController(KEY, state);
    this.#readable = readableOf(state.readable);
    this.#writable = writableOf(state.writable);
    state.started.resolve(functions.start && apply(functions.start, given, [controller]));
  }

  get readable(): ReadableStream {
    return this.#readable;
  }
  get writable(): WritableStream {
    return this.#writable;
  }
}

function noop(): void {}

function functionsOf(given: Record<string, unknown> | undefined) {
  const cancel = callback(given, 'cancel') as Function | undefined;
  const flush = callback(given, 'flush') as Function | undefined;
  if (given?.readableType !== undefined) throw new RangeError('readableType must not be set');
  const start = callback(given, 'start') as Function | undefined;
  const transform = callback(given, 'transform') as Function | undefined;
  if (given?.writableType !== undefined) throw new RangeError('writableType must not be set');
  return { cancel, flush, start, transform };
}

defineInterface(TransformStreamDefaultController, 'TransformStreamDefaultController', 0);
defineInterface(TransformStream, 'TransformStream');
