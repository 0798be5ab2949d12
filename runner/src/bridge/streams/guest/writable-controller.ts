import { core } from '../../../guest/captured.ts';
import type { AbortGroup } from '../../abort/guest.ts';
import { SizedQueue } from './fifo.ts';
import { after, promiseOf } from './promise.ts';
import {
  dealWithRejection,
  failClose,
  finishClose,
  finishErroring,
  startErroring,
  updateBackpressure,
  type WritableState,
} from './writable-state.ts';

/** The functions behind a writable stream: the guest's, wrapped, or the platform's own. */
export interface Sink {
  start?(): unknown;
  write?(chunk: unknown): Promise<unknown>;
  close?(): Promise<unknown>;
  abort?(reason: unknown): Promise<unknown>;
}

export interface WritableOptions {
  sink: Sink;
  highWaterMark: number;
  size: ((chunk: unknown) => number) | undefined;
}

const CLOSE = {};

type Abort = InstanceType<AbortGroup['AbortController']>;

export class WritableController {
  readonly stream: WritableState;
  readonly #queue = new SizedQueue();
  readonly #highWaterMark: number;
  #size: ((chunk: unknown) => number) | undefined;
  #sink: Sink | undefined;
  #abort: Abort | undefined;
  isStarted = false;

  constructor(stream: WritableState, options: WritableOptions) {
    this.stream = stream;
    this.#sink = options.sink;
    this.#size = options.size;
    this.#highWaterMark = options.highWaterMark;
    stream.controller = this;
    stream.hasBackpressure = this.desiredSize <= 0;
  }

  start(): void {
    const result = this.#sink?.start?.();
    const onStart = () => {
      this.isStarted = true;
      this.#advance();
    };
    const onFailure = (reason: unknown) => {
      this.isStarted = true;
      dealWithRejection(this.stream, reason);
    };
    after(promiseOf(result), onStart, onFailure);
  }

  get desiredSize(): number {
    return this.#highWaterMark - this.#queue.total;
  }

  get signal(): Abort['signal'] {
    return this.#abortController().signal;
  }

  signalAbort(reason: unknown): void {
    this.#abortController().abort(reason);
  }

  /** Made when somebody asks: most streams are never aborted, and none of the platform's listens. */
  #abortController(): Abort {
    this.#abort ??= new (core.use<AbortGroup>('abort').AbortController)();
    return this.#abort;
  }

  sizeOf(chunk: unknown): number {
    if (!this.#size) return 1;
    try {
      return this.#size(chunk);
    } catch (error) {
      this.errorIfNeeded(error);
      return 1;
    }
  }

  write(chunk: unknown, size: number): void {
    try {
      this.#queue.push(chunk, size);
    } catch (error) {
      return this.errorIfNeeded(error);
    }
    const { stream } = this;
    if (!stream.isCloseAsked && stream.status === 'writable') this.#showBackpressure();
    this.#advance();
  }

  close(): void {
    this.#queue.push(CLOSE, 0);
    this.#advance();
  }

  abort(reason: unknown): Promise<unknown> {
    const result = this.#sink?.abort?.(reason);
    this.#forget();
    return result ?? promiseOf(undefined);
  }

  forgetChunks(): void {
    this.#queue.clear();
  }

  error(reason: unknown): void {
    this.#forget();
    startErroring(this.stream, reason);
  }

  errorIfNeeded(reason: unknown): void {
    if (this.stream.status === 'writable') this.error(reason);
  }

  #advance(): void {
    const { stream } = this;
    if (!this.isStarted || stream.inFlightWrite) return;
    if (stream.status === 'erroring') return finishErroring(stream);
    if (this.#queue.length === 0 || stream.status !== 'writable') return;
    const chunk = this.#queue.first;
    if (chunk === CLOSE) this.#runClose();
    else this.#runWrite(chunk);
  }

  #runClose(): void {
    const { stream } = this;
    stream.inFlightClose = stream.closing;
    stream.closing = undefined;
    this.#queue.shift();
    const result = this.#sink?.close?.() ?? promiseOf(undefined);
    this.#forget();
    after(
      result,
      () => finishClose(stream),
      (reason) => failClose(stream, reason),
    );
  }

  #runWrite(chunk: unknown): void {
    const { stream } = this;
    stream.inFlightWrite = stream.writes.shift();
    const onWritten = () => {
      stream.inFlightWrite!.resolve();
      stream.inFlightWrite = undefined;
      this.#queue.shift();
      if (!stream.isCloseAsked && stream.status === 'writable') this.#showBackpressure();
      this.#advance();
    };
    const onFailure = (reason: unknown) => {
      if (stream.status === 'writable') this.#forget();
      stream.inFlightWrite!.reject(reason);
      stream.inFlightWrite = undefined;
      dealWithRejection(stream, reason);
    };
    after(this.#sink?.write?.(chunk) ?? promiseOf(undefined), onWritten, onFailure);
  }

  #showBackpressure(): void {
    updateBackpressure(this.stream, this.desiredSize <= 0);
  }

  #forget(): void {
    this.#sink = undefined;
    this.#size = undefined;
  }
}
