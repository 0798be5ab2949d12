import { core, primordials } from '../../../guest/captured.ts';
import type { AbortGroup } from '../../abort/guest.ts';
import { after, nothing, resolved } from './promise.ts';
import {
  cancelReadable,
  readFrom,
  ReaderState,
  releaseReader,
  type ReadableState,
} from './readable-state.ts';
import {
  abortWritable,
  closeWritable,
  releaseWriter,
  WriterState,
  writeTo,
  type WritableState,
} from './writable-state.ts';

const { Promise, TypeError } = primordials;

export interface PipeOptions {
  preventAbort: boolean;
  preventCancel: boolean;
  preventClose: boolean;
  signal: InstanceType<AbortGroup['AbortSignal']> | undefined;
}

type Action = () => Promise<unknown>;

/** One pipe, from its first chunk until both streams are let go. */
export class Pipe {
  readonly promise: Promise<undefined>;
  readonly #source: ReadableState;
  readonly #target: WritableState;
  readonly #options: PipeOptions;
  readonly #reader: ReaderState;
  readonly #writer: WriterState;
  #isEnding = false;
  #lastWrite: Promise<unknown> = resolved();
  #resolve!: (value: undefined) => void;
  #reject!: (reason: unknown) => void;
  #forgetSignal: () => void = nothing;

  constructor(source: ReadableState, target: WritableState, options: PipeOptions) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
    this.#reader = new ReaderState(source, false);
    this.#writer = new WriterState(target);
    source.isDisturbed = true;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (this.#followSignal()) return;
    this.#watch();
    this.#step();
  }

  /** Answers whether the signal was aborted already. */
  #followSignal(): boolean {
    const { signal } = this.#options;
    if (!signal) return false;
    const abort = () => this.#abort(signal.reason);
    if (signal.aborted) {
      abort();
      return true;
    }
    this.#forgetSignal = core.use<AbortGroup>('abort').addAlgorithm(signal, abort);
    return false;
  }

  #abort(reason: unknown): void {
    const { preventAbort, preventCancel } = this.#options;
    const abort = (): Promise<unknown> =>
      this.#target.status === 'writable' ? abortWritable(this.#target, reason) : resolved();
    const cancel = (): Promise<unknown> =>
      this.#source.status === 'readable' ? cancelReadable(this.#source, reason) : resolved();
    const both = () => {
      const aborted = preventAbort ? resolved() : abort();
      const cancelled = preventCancel ? resolved() : cancel();
      return bothOf(aborted, cancelled);
    };
    this.#end({ action: both, failure: { reason } });
  }

  #watch(): void {
    const { preventAbort, preventCancel, preventClose } = this.#options;
    const onSourceError = (reason: unknown) => {
      const action = preventAbort ? undefined : () => abortWritable(this.#target, reason);
      this.#end({ action, failure: { reason } });
    };
    const onTargetError = (reason: unknown) => {
      const action = preventCancel ? undefined : () => cancelReadable(this.#source, reason);
      this.#end({ action, failure: { reason } });
    };
    const onSourceClose = () =>
      this.#end({ action: preventClose ? undefined : () => this.#closeTarget() });
    const { status, storedError } = this.#source;
    if (status === 'errored') onSourceError(storedError);
    else after(this.#reader.closed.inner, nothing, onSourceError);
    if (this.#target.status === 'errored') onTargetError(this.#target.storedError);
    else after(this.#writer.closed.inner, nothing, onTargetError);
    if (status === 'closed') onSourceClose();
    else after(this.#reader.closed.inner, onSourceClose, nothing);
    if (this.#target.isCloseAsked || this.#target.status === 'closed') {
      onTargetError(new TypeError('The stream to pipe to is closed'));
    }
  }

  #closeTarget(): Promise<unknown> {
    const { status, storedError, isCloseAsked } = this.#target;
    if (isCloseAsked || status === 'closed') return resolved();
    return status === 'errored'
      ? primordials.rejectedPromise(storedError)
      : closeWritable(this.#target);
  }

  #step(): void {
    if (this.#isEnding) return;
    after(this.#writer.ready.inner, () => !this.#isEnding && this.#read(), nothing);
  }

  #read(): void {
    readFrom(this.#reader, {
      chunk: (chunk) => {
        // A microtask later: what the write calls of the guest's is not called while it enqueues.
        this.#lastWrite = after(resolved(), () => this.#write(chunk));
        after(this.#lastWrite, () => this.#step());
      },
      close: nothing,
      error: nothing,
    });
  }

  #write(chunk: unknown): void {
    if (!this.#writer.stream) return;
    const write = writeTo(this.#writer, chunk);
    this.#lastWrite = after(write.inner, nothing, nothing);
  }

  #written(): Promise<unknown> {
    const before = this.#lastWrite;
    return after(before, () => (before === this.#lastWrite ? undefined : this.#written()));
  }

  #end(end: { action: Action | undefined; failure?: { reason: unknown } }): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const { action, failure } = end;
    const finish = () => {
      if (!action) return this.#finish(failure);
      const onFailure = (reason: unknown) => this.#finish({ reason });
      after(action(), () => this.#finish(failure), onFailure);
    };
    const { status, isCloseAsked } = this.#target;
    if (status === 'writable' && !isCloseAsked) after(this.#written(), finish);
    else finish();
  }

  #finish(failure: { reason: unknown } | undefined): void {
    releaseWriter(this.#writer);
    releaseReader(this.#reader);
    this.#forgetSignal();
    if (failure) this.#reject(failure.reason);
    else this.#resolve(undefined);
  }
}

/** Waits for both, and fails with the first that did. */
function bothOf(first: Promise<unknown>, second: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let left = 2;
    const done = () => {
      if (--left === 0) resolve(undefined);
    };
    after(first, done, reject);
    after(second, done, reject);
  });
}
